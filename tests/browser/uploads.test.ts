import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { demoClient } from "../../cli/demoClient.ts";
import { saveSites } from "../../cli/import.ts";
import { ROLES, startRoles } from "../../cli/roles.ts";
import { readSettings } from "../../cli/settings.ts";
import { openStores } from "../../cli/stores.ts";
import { writeWorkbook } from "../../ingest/files/workbook.ts";
import { launch, type VisitOptions, visit } from "./chromium.ts";
import { freePort, type World } from "./world.ts";

// Method: the built dashboard in Chromium against the real server over embedded stores, all roles running; one site is known.
const SITE = { siteId: "plant-a", name: "Plant A", kind: "wwtp", timeZone: "Asia/Shanghai" } as const;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let world: World;
let browser: Browser;
let close: () => Promise<void>;
beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "sewertrace-uploads-"));
  const port = await freePort();
  const settings = readSettings({ SEWERTRACE_LOG_LEVEL: "error", SEWERTRACE_DATA_DIR: dataDir, SEWERTRACE_PORT: String(port) });
  const logger = pino({ level: "error" }, pino.destination(2));
  const stores = await openStores(settings, logger);
  const stop = new AbortController();
  const { address, done } = await startRoles({ roles: ROLES, stores, settings, logger, signal: stop.signal });
  const client = await demoClient(stores.records, address, dataDir);
  await saveSites(stores, [SITE]);
  world = { address, client } as World;
  browser = await launch();
  close = async () => {
    stop.abort();
    await done;
    await stores.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await close?.();
});

async function desk(options: VisitOptions = {}) {
  const opened = await visit(browser, world, { role: "lab", ...options });
  onTestFinished(() => opened.context.close());
  if (options.role !== "admin") await opened.page.waitForSelector("input[type=file]");
  return opened;
}

const choose = (page: Page, name: string, content: string | Buffer) =>
  page.setInputFiles("input[type=file]", { name, mimeType: "text/csv", buffer: Buffer.from(content) });
const verdict = (page: Page, wanted: string) => page.waitForSelector(`.upload-verdict[data-verdict=${wanted}]`);
const count = (page: Page, name: string) => page.locator(`[data-count=${name}] dd`).textContent();
async function graveFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as { id: string; impact: string }[];
  return found.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id);
}

const HEADER = "样本编号;采样点;采样时间;目标物;结果;单位;定量限;方法";
const row = (sample: string, analyte: string, value: string, site = "plant-a") =>
  `${sample};${site};04.05.2026 08:00;${analyte};${value};ng/L;2,5;LCMS-1`;

it("a tired technician's file: what is wrong is told by rule and cell; mended, it is sent, and the receipt is there", async () => {
  const { page, complaints } = await desk();
  const broken = [HEADER, row("S-1", "MDMA", "12,5"), row("S-1", "甲基苯丙胺", "12,5x"), row("S-2", "kokain", "n.d.", "plant-z")];
  await choose(page, "may.csv", broken.join("\n"));
  await verdict(page, "partlyAccepted");
  expect(await page.evaluate("document.activeElement.className")).toContain("upload-verdict"); // read out at once
  expect([await count(page, "rows"), await count(page, "new"), await count(page, "refused")]).toEqual(["3", "1", "2"]);
  const findings = await page.locator(".upload-findings li").allTextContents();
  expect(findings.some((text) => text.includes("The site is not on record") && text.includes("rows 4"))).toBe(true);
  const cells = page.locator(".bad-cells tbody td.error");
  expect(await cells.count()).toBe(2);
  expect(await page.locator(".bad-cells td[data-cell=E3] .found").textContent()).toBe("12,5x");
  expect(await graveFindings(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 900 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 900 });
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download the 2 refused rows").click()]);
  expect(download.suggestedFilename()).toBe("may-rejected.csv");
  const mended = [HEADER, row("S-1", "MDMA", "12,5"), row("S-1", "甲基苯丙胺", "13,5"), row("S-2", "kokain", "n.d.")];
  await choose(page, "may.csv", mended.join("\n"));
  await verdict(page, "accepted");
  await page.getByRole("button", { name: "Send 3 results of 2 samples" }).click();
  await page.waitForSelector(".receipt");
  const [paper] = await Promise.all([page.waitForEvent("popup"), page.locator(".receipt a").first().click()]);
  await paper.waitForSelector("h1");
  expect(await paper.locator("body").textContent()).toContain("S-2");
  await page.waitForSelector(".ranking td:has-text('may.csv')");
  expect(complaints).toEqual([]);
});

it("a correction shows what is on record beside what the file says, asks why, and is found in the history as changed since", async () => {
  const { page } = await desk();
  const send = async (value: string, button: string) => {
    await choose(page, `c-${value}.csv`, [HEADER, row("S-7", "MDMA", value)].join("\n"));
    await page.waitForSelector(`.upload-verdict:has-text("c-${value}.csv")`);
    return page.getByRole("button", { name: button });
  };
  await (await send("12,5", "Send 1 results")).click();
  await page.waitForSelector(".receipt");
  const button = await send("14,5", "Send 1 results");
  await verdict(page, "needsReason");
  expect(await page.locator(".was").textContent()).toBe("12.5");
  expect(await button.isDisabled()).toBe(true);
  await page.getByLabel("Reason").selectOption("recalculation");
  await page.getByLabel("In words").fill("new calibration");
  await button.click();
  await page.waitForSelector(".receipt");
  const first = page.locator(".ranking tr", { hasText: "c-12,5.csv" });
  await expect
    .poll(
      async () => {
        if (await first.getByRole("button").count()) await first.getByRole("button").click();
        const told = await first.locator("[role=status]").textContent();
        if (!told?.includes("1 changed")) await page.reload();
        return told;
      },
      { timeout: 20_000 },
    )
    .toContain("1 changed");
});

it("a workbook with headers of its own is mapped by hand, by keyboard alone, and the next one is read without", async () => {
  const { page } = await desk();
  const book = (sample: string) =>
    writeWorkbook([
      {
        name: "Blatt1",
        rows: [
          ["Probe", "Werk", "Tag", "Stoff", "Menge"],
          [sample, "plant-a", "2026-05-04", "MDMA", 3.5],
        ],
      },
    ]);
  await choose(page, "eigen.xlsx", book("E-1"));
  await verdict(page, "rejected");
  const pick = async (column: string, text: string) => {
    await page.getByLabel(`What the column ${column} holds`).focus();
    await page.keyboard.type(text);
  };
  await pick("Probe", "sample_id");
  await pick("Werk", "site_id");
  await pick("Tag", "sample_start");
  await pick("Stoff", "analyte");
  await pick("Menge", "value");
  await page.getByLabel("unit", { exact: true }).fill("ng/L");
  await page.getByLabel("method", { exact: true }).fill("m1");
  await page.getByRole("button", { name: "Check again" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".upload-verdict:not([data-verdict=rejected])");
  await page.getByRole("button", { name: "Send 1 results" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".receipt");
  await choose(page, "eigen-2.xlsx", book("E-2"));
  await page.waitForSelector(".upload-verdict:has-text('eigen-2.xlsx'):not([data-verdict=rejected])");
  expect(await page.locator(".upload-mapping summary").textContent()).toContain("read as the last file with this header");
});

it("an instrument's export is completed: a list of its samples, and the unit it leaves out", async () => {
  const { page } = await desk();
  const batch = readFileSync(new URL("../ingest/files/fixtures/masshunter-en.csv", import.meta.url));
  await choose(page, "batch.csv", batch);
  await verdict(page, "rejected");
  const list = ["sample_id,site_id,sample_start", "S-101,plant-a,2026-05-04 08:00", "S-102,plant-a,2026-05-05 08:00"].join("\n");
  const buffer = Buffer.from(list);
  await page
    .getByLabel("The instrument only names its samples")
    .setInputFiles({ name: "samples.csv", mimeType: "text/csv", buffer });
  await page.waitForSelector("label:has-text('Samples as in samples.csv')");
  await page.getByLabel("unit", { exact: true }).fill("ng/L");
  await page.getByLabel("method", { exact: true }).fill("m1");
  await page.getByRole("button", { name: "Check again" }).click();
  await verdict(page, "acceptedWithWarnings");
  await page.getByRole("button", { name: "Send 4 results of 2 samples" }).click();
  await page.waitForSelector(".receipt");
});

it("an administrator first says whose file it is", async () => {
  const { page } = await desk({ role: "admin" });
  await page.goto("/uploads");
  const field = page.locator("input[type=file]");
  await field.waitFor();
  expect([await field.isDisabled(), await graveFindings(page)]).toEqual([true, []]);
  await page.getByLabel("Laboratory (id)").fill("LAB-2");
  await choose(page, "theirs.csv", [HEADER, row("A-1", "MDMA", "12,5")].join("\n"));
  await verdict(page, "accepted");
  await page.getByRole("button", { name: "Send 1 results" }).click();
  await page.waitForSelector(".receipt");
  await page.waitForSelector(".ranking td:has-text('theirs.csv')");
});

it("speaks Chinese, holds a damaged file, and takes a file that is dropped", async () => {
  const { page } = await desk({ language: "zh" });
  const table = [HEADER, row("S-9", "MDMA", "Mar-12"), row("S-9", "KET", "3,5")].join("\n");
  const data = await page.evaluateHandle(`
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify(table)}], "五月.csv", { type: "text/csv" }));
    transfer;
  `);
  await page.dispatchEvent(".drop", "drop", { dataTransfer: data });
  await verdict(page, "held");
  expect(await page.locator(".upload-verdict").textContent()).toBe("五月.csv · 暂扣：被电子表格软件损坏");
  expect(await page.locator(".upload-findings").textContent()).toContain("电子表格把数值改成了日期");
  expect(await page.getByRole("button", { name: "提交" }).count()).toBe(0);
});
