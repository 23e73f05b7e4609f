import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { open } from "./chromium.ts";
import { asAdmin, openedHouse } from "./house.ts";

const { house, signedIn } = openedHouse();
const WEBHOOKS = "/operations?view=webhooks";
const SILENCES = "/operations?view=silences";

describe("alerts", () => {
  it("an endpoint is added, tested, and what was sent and answered is seen; sent again it has the same id", async () => {
    const { page, complaints } = await signedIn(WEBHOOKS);
    await page.getByText("Add an endpoint").first().click();
    await page.fill("input[name=url]", house().receiver.url("/duty"));
    await page.fill("input[name=description]", "duty room");
    await page.fill("input[name=regions]", "East， West");
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.waitForSelector("code:has-text('whsec_')");
    const entry = page.locator("li", { hasText: house().receiver.url("/duty") }).first();
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
    await expect.poll(() => house().receiver.to("/duty").length).toBe(2);
    expect(
      new Set(
        house()
          .receiver.to("/duty")
          .map(({ headers }) => headers["webhook-id"]),
      ).size,
    ).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("filters and steps of an endpoint are changed, in Chinese; it is switched off and removed by two presses", async () => {
    const { page, complaints } = await signedIn(WEBHOOKS, { role: "investigator", language: "zh" });
    const hook = { url: house().receiver.url("/chief"), events: ["lead.opened"], description: "值班长" };
    await asAdmin(page, "POST", "/api/v1/webhooks", hook);
    await asAdmin(page, "POST", "/api/v1/webhooks", { ...hook, url: house().receiver.url("/night"), description: "夜班" });
    await open(page, WEBHOOKS);
    const entry = page.locator("li", { hasText: house().receiver.url("/night") }).first();
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
    const hook = { url: house().receiver.url("/muted"), events: ["anomaly.raised"] };
    await asAdmin(page, "POST", "/api/v1/webhooks", hook);
    await asAdmin(page, "POST", "/api/v1/silences", { match: { siteId: "plant-m" }, reason: "dredging", endsAt });
    await house().raise("anomaly-m", "plant-m");
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
      const text = ((await page.locator("main").textContent()) ?? "").replaceAll(house().receiver.url("/duty"), "");
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
