import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { demoClient } from "../../cli/demoClient.ts";
import { ROLES, startRoles } from "../../cli/roles.ts";
import { readSettings } from "../../cli/settings.ts";
import { openStores } from "../../cli/stores.ts";
import { type Receiver, startReceiver } from "../alerts/receiver.ts";
import { anomalyOf } from "../store/records/nouns.ts";
import { launch, open, type VisitOptions, visit } from "./chromium.ts";
import { freePort } from "./world.ts";

// Method: the real server over embedded stores with one anomaly told, a real receiver on loopback, and what operators do by mouse.
interface House {
  address: string;
  client: Awaited<ReturnType<typeof demoClient>>;
  receiver: Receiver;
  raise(subject: string, siteId: string): Promise<void>;
  close(): Promise<void>;
}
let house: House;
let browser: Browser;
beforeAll(async () => {
  [house, browser] = await Promise.all([startHouse(), launch()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

async function startHouse(): Promise<House> {
  const dataDir = mkdtempSync(join(tmpdir(), "sewertrace-operations-"));
  const port = String(await freePort());
  const quiet = { SEWERTRACE_LOG_LEVEL: "error", SEWERTRACE_DATA_DIR: dataDir, SEWERTRACE_PORT: port };
  const settings = readSettings({ ...quiet, SEWERTRACE_WEBHOOK_ALLOW: "127.0.0.0/8" });
  const logger = pino({ level: "error" }, pino.destination(2));
  const stores = await openStores(settings, logger);
  const stop = new AbortController();
  const { address, done } = await startRoles({ roles: ROLES, stores, settings, logger, signal: stop.signal });
  const client = await demoClient(stores.records, address, dataDir);
  const receiver = await startReceiver((_request, response) => response.end("thank you"));
  const raise = async (subject: string, siteId: string) => {
    const payload = { type: "anomaly.raised", data: anomalyOf("2026-05-04", { siteId }) };
    const createdAt = new Date().toISOString();
    await stores.records.outbox.enqueue({ messageId: `m-${subject}`, event: "anomaly.raised", subject, payload, createdAt });
  };
  await raise("anomaly-1", "plant-a");
  const close = async () => {
    stop.abort();
    await receiver.close();
    await done;
    await stores.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { address, client, receiver, raise, close };
}

async function signedIn(path: string, options: VisitOptions = { role: "admin" }) {
  const opened = await visit(browser, house, options);
  onTestFinished(() => opened.context.close());
  await open(opened.page, path);
  return opened;
}

/** What another window of the same reader does meanwhile. */
function asAdmin(page: Page, method: string, path: string, body: object): Promise<unknown> {
  return page.evaluate(
    ([way, to, sent]) =>
      fetch(to!, { method: way!, headers: { "content-type": "application/json" }, body: sent! }).then((answer) => answer.json()),
    [method, path, JSON.stringify(body)],
  );
}

const WEBHOOKS = "/operations?view=webhooks";
const SILENCES = "/operations?view=silences";

describe("alerts", () => {
  it("an endpoint is added, tested, and what was sent and answered is seen; sent again it has the same id", async () => {
    const { page, complaints } = await signedIn(WEBHOOKS);
    await page.getByText("Add an endpoint").first().click();
    await page.fill("input[name=url]", house.receiver.url("/duty"));
    await page.fill("input[name=description]", "duty room");
    await page.fill("input[name=regions]", "East， West");
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.waitForSelector("code:has-text('whsec_')");
    const entry = page.locator("li", { hasText: house.receiver.url("/duty") }).first();
    expect(await entry.textContent()).toMatch(/duty room.*East, West.*grouped 2 min/);
    await entry.getByRole("button", { name: "Send a test" }).click();
    const delivery = page.locator("li", { hasText: "webhook.test" }).first();
    const seen = async () => {
      await open(page, WEBHOOKS);
      return delivery.textContent();
    };
    await expect.poll(seen, { timeout: 15_000 }).toMatch(/delivered.*1 attempts · 200/);
    await delivery.getByText("What was sent and answered").click();
    await delivery.locator("pre").nth(1).waitFor();
    expect(await delivery.locator("pre").allTextContents()).toEqual([
      expect.stringContaining('"type": "webhook.test"'),
      "thank you",
    ]);
    await delivery.getByRole("button", { name: "Deliver again" }).click();
    await expect.poll(() => house.receiver.to("/duty").length).toBe(2);
    expect(new Set(house.receiver.to("/duty").map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("filters and steps of an endpoint are changed, in Chinese; it is switched off and removed by two presses", async () => {
    const { page, complaints } = await signedIn(WEBHOOKS, { role: "investigator", language: "zh" });
    const hook = { url: house.receiver.url("/chief"), events: ["lead.opened"], description: "值班长" };
    await asAdmin(page, "POST", "/api/v1/webhooks", hook);
    await asAdmin(page, "POST", "/api/v1/webhooks", { ...hook, url: house.receiver.url("/night"), description: "夜班" });
    await open(page, WEBHOOKS);
    const entry = page.locator("li", { hasText: house.receiver.url("/night") }).first();
    await entry.getByText("更改订阅内容").click();
    await entry.locator("input[name=analytes]").fill("mdma，cocaine");
    await entry.locator("input[name=certainty]").fill("0.8");
    await entry.getByRole("checkbox", { name: "anomaly.raised" }).check();
    await entry.getByRole("checkbox", { name: "倾倒" }).check();
    for (const step of [1, 2]) {
      await entry.getByRole("button", { name: "增加一级" }).click();
      await entry.getByLabel(`第 ${step} 级：通知谁`).selectOption({ label: "值班长" });
    }
    await entry.locator(".steps input").nth(1).fill("15");
    await entry.getByRole("button", { name: "保存" }).click();
    await expect
      .poll(() => entry.textContent())
      .toMatch(/anomaly.raised, lead.opened · mdma, cocaine · .*倾倒 · ≥ 0.8.*60 分钟后升级至 值班长 · 15 分钟后升级至 值班长/);
    await entry.getByRole("button", { name: "停用" }).click();
    await entry.locator(".badge", { hasText: "停用" }).waitFor();
    await entry.getByRole("button", { name: "删除", exact: true }).click();
    await entry.getByRole("button", { name: "确认：删除 夜班？" }).click();
    await entry.waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("a secret is changed and shown once; an address that cannot be is refused in words", async () => {
    const { page } = await signedIn(WEBHOOKS);
    await page.getByRole("button", { name: "New secret" }).first().click();
    await page.waitForSelector("code:has-text('whsec_')");
    await page.waitForSelector("text=The old secret signs too until");
    await page.reload();
    await page.waitForSelector("text=New secret");
    expect(await page.locator("main").textContent()).not.toContain("whsec_");
    await page.getByText("Add an endpoint").first().click();
    await page.fill("input[name=url]", "https://user:pass@example.org/");
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.waitForSelector("[role=alert]");
    expect(await page.locator("[role=alert]").textContent()).toContain("without a user name and password");
  });
});

describe("silences", () => {
  it("one is tried out, made, and ended", async () => {
    const { page, complaints } = await signedIn(SILENCES);
    await page.getByText("Make a silence").first().click();
    await page.getByRole("button", { name: "Make a silence" }).click();
    await page.fill("input[name=siteId]", "plant-a");
    await page.fill("input[name=reason]", "works in the sewer");
    await page.locator("select[name=verdict]").selectOption("production");
    await page.getByRole("button", { name: "Show what it would hide" }).click();
    await page.waitForSelector("text=It would have hidden 0 messages");
    await page.locator("select[name=verdict]").selectOption("");
    await page.getByRole("button", { name: "Show what it would hide" }).click();
    await page.waitForSelector("text=It would have hidden 1 messages of the last 30 days.");
    expect(await page.locator("[role=status] li").first().textContent()).toMatch(/anomaly.raised · plant-a · mdma · anomaly-1$/);
    await page.getByRole("button", { name: "Make a silence" }).click();
    const entry = page.locator("li", { hasText: "works in the sewer" });
    await entry.waitFor();
    expect(await entry.textContent()).toMatch(/Site: plant-a.*the demo's administrator|Site: plant-a/);
    await entry.getByRole("button", { name: "End it now" }).click();
    await page.waitForSelector("text=Nothing is silent.");
    await page.getByText("Over", { exact: true }).click();
    await page.waitForSelector("li:has-text('works in the sewer')");
    expect(complaints).toEqual([]);
  });
});

describe("what a silence hid", () => {
  it("is counted and listed; its reason and end are changed", async () => {
    const { page, complaints } = await signedIn(SILENCES);
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const hook = { url: house.receiver.url("/muted"), events: ["anomaly.raised"] };
    await asAdmin(page, "POST", "/api/v1/webhooks", hook);
    await asAdmin(page, "POST", "/api/v1/silences", { match: { siteId: "plant-m" }, reason: "dredging", endsAt });
    await house.raise("anomaly-m", "plant-m");
    const entry = page.locator("li", { hasText: "dredging" }).first();
    const seen = async () => {
      await open(page, SILENCES);
      return entry.textContent();
    };
    await expect.poll(seen, { timeout: 15_000 }).toContain("Hid 1 messages");
    await entry.getByText("Hid 1 messages").click();
    await entry.getByText(/anomaly.raised · plant-m · mdma · anomaly-m · not told to 1 of 1 endpoints/).waitFor();
    await entry.getByRole("button", { name: "Change" }).click();
    await entry.locator("input[name=reason]").fill("dredging, and longer");
    await entry.locator("select[name=hours]").selectOption("72");
    await entry.getByRole("button", { name: "Save" }).click();
    await entry.getByText("dredging, and longer").waitFor();
    expect(complaints).toEqual([]);
  });
});

describe("keys", () => {
  it("one is made for a region and a purpose, its secret changed, and it is revoked", async () => {
    const { page, complaints } = await signedIn("/operations?view=keys");
    await page.getByText("Make a key").first().click();
    await page.fill("input[name=name]", "the east desk");
    await page.fill("input[name=organisation]", "police-east");
    await page.locator("form select[name=role]").selectOption("investigator");
    await page.fill("input[name=until]", "2099-12-31");
    await page.fill("input[name=regions]", "East");
    await page.fill("input[name=scopes]", "leads:read, anomalies:read");
    await page.getByRole("button", { name: "Make a key" }).click();
    const shown = page.locator("[role=status] code");
    await shown.waitFor();
    const made = await shown.textContent();
    const row = page.locator("tr", { hasText: "the east desk" });
    expect(await row.textContent()).toMatch(/East, leads:read, anomalies:read.*police-east.*2099/);
    const ask = (key: string | null, path: string) =>
      fetch(`${house.address}/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } }).then(({ status }) => status);
    expect([await ask(made, "anomalies"), await ask(made, "webhooks")]).toEqual([200, 403]);
    await row.getByRole("button", { name: "Change" }).click();
    const opened = page.locator("tr", { has: page.locator("form[aria-label=Change]") });
    await opened.getByText("Last used").waitFor();
    await opened.getByRole("button", { name: "New secret" }).click();
    await expect.poll(() => shown.textContent()).not.toBe(made);
    const fresh = await shown.textContent();
    await opened.getByRole("button", { name: "Revoke" }).click();
    expect(await ask(fresh, "anomalies")).toBe(200); // one press is not enough
    await opened.getByRole("button", { name: "Really: Revoke the east desk?" }).click();
    await row.getByText("revoked").waitFor();
    expect([await ask(made, "anomalies"), await ask(fresh, "anomalies")]).toEqual([401, 401]);
    await page.fill("input[name=name]", "x");
    await page.fill("input[name=organisation]", "y");
    await page.fill("input[name=scopes]", "everything");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.waitForSelector("[role=alert]");
    expect(await page.locator("[role=alert]").textContent()).toContain("series:read");
    expect(complaints.filter((each) => !each.includes("400"))).toEqual([]);
  });

  it("its end, regions and purposes are changed; who saves after somebody else is told, and reads it again", async () => {
    const { page, complaints } = await signedIn("/operations?view=keys");
    const body = { name: "the west desk", role: "investigator", organisation: "police-west" };
    const made = (await asAdmin(page, "POST", "/api/v1/keys", body)) as { keyId: string };
    await open(page, "/operations?view=keys");
    const row = page.locator("tr", { hasText: "the west desk" }).first();
    await row.getByRole("button", { name: "Change" }).click();
    const form = page.locator("form[aria-label=Change]");
    await form.locator("input[name=regions]").fill("West");
    await form.locator("input[name=until]").fill("2098-12-31");
    await form.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => row.textContent()).toMatch(/West.*police-west.*2098/);
    await asAdmin(page, "PATCH", `/api/v1/keys/${made.keyId}`, { scopes: ["leads:read"] }); // somebody else, meanwhile
    await form.locator("input[name=regions]").fill("");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("It was changed since you read it").waitFor();
    expect(await row.textContent()).toContain("West");
    await row.getByRole("button", { name: "Change" }).click();
    await row.getByRole("button", { name: "Change" }).click();
    await expect.poll(() => form.locator("input[name=scopes]").inputValue()).toBe("leads:read");
    await form.locator("input[name=regions]").fill("");
    await form.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => row.textContent()).not.toContain("West");
    expect(await row.textContent()).toContain("leads:read");
    expect(complaints.filter((each) => !each.includes("412"))).toEqual([]);
  });

  it("the pipeline's page tells of alerts that wait", async () => {
    const { page } = await signedIn("/operations");
    expect(await page.locator("tr", { hasText: "to be sent" }).locator(".number").textContent()).toMatch(/^\d+$/);
  });
});

describe("everybody", () => {
  it.each([
    ["analyst", ["Silences"]],
    ["investigator", ["Webhooks", "Silences"]],
    ["admin", ["Pipeline", "Webhooks", "Silences", "Keys", "Audit log"]],
  ] as const)("an %s has the views of the role", async (role, views) => {
    const { page } = await signedIn("/operations", { role });
    expect(await page.locator(".segmented").first().locator("label").allTextContents()).toEqual(views);
  });

  it("reads them in Chinese, without a word left over", async () => {
    const { page } = await signedIn(WEBHOOKS, { role: "admin", language: "zh" });
    for (const path of [WEBHOOKS, SILENCES, "/operations?view=keys"]) {
      await open(page, path);
      for (const each of await page.locator("summary").all()) await each.click();
      const text = ((await page.locator("main").textContent()) ?? "").replaceAll(house.receiver.url("/duty"), "");
      expect(text).toMatch(/\p{Script=Han}{2}/u);
      expect(
        text
          .match(/\b(?:webhooks|silences|deliveryState|silenceKind|webhookFormat|operations)\.\w+/g)
          ?.filter((word) => !/^webhooks?\.(paused|test)$/.test(word)) ?? [],
      ).toEqual([]);
    }
  });

  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  it.each(["light", "dark"] as const)(
    "finds no serious or critical finding of axe-core, %s, nor a page wider than a phone",
    async (theme) => {
      const { page } = await signedIn(WEBHOOKS, { role: "admin", theme, width: 360 });
      for (const path of [WEBHOOKS, SILENCES, "/operations?view=keys"]) {
        await open(page, path);
        for (const each of await page.locator("summary").all()) await each.click();
        if (path.endsWith("keys")) await page.getByRole("button", { name: "Change" }).first().click();
        await page.waitForLoadState("networkidle");
        await page.evaluate(axe);
        const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as {
          id: string;
          impact: string;
          nodes: { html: string }[];
        }[];
        const grave = found.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(grave.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(360);
      }
    },
  );
});
