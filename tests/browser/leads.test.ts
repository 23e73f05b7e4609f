import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { launch, open, type Visit, type VisitOptions, visit } from "./chromium.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), launch()]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

async function signedIn(options: VisitOptions): Promise<Visit> {
  const opened = await visit(browser, world, options);
  onTestFinished(() => opened.context.close());
  return opened;
}

const leadPath = () => `/leads/${world.lead.leadId}`;
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10); // the plants are in Shanghai

async function fill(page: Page, form: string, fields: Record<string, string>): Promise<void> {
  const filled = page.locator(`form[aria-label="${form}"]`);
  for (const [name, value] of Object.entries(fields)) {
    const field = filled.locator(`[name=${name}]`);
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await filled.locator("button[type=submit]").click();
}

describe("the purpose", () => {
  it("is asked for before a lead is shown, kept for the tab, and written down with the view", async () => {
    const { page } = await signedIn({ role: "investigator", purpose: null });
    await page.goto(leadPath());
    await page.waitForSelector("h1:has-text('looked at for')");
    expect(await page.locator("main").textContent()).not.toContain(world.lead.finding.en);
    await page.fill("input[name=purpose]", "案件 2026-117");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".finding");
    await page.reload();
    await page.waitForSelector(".finding");
    const admin = await signedIn({ role: "admin" });
    const audit = await admin.page.evaluate(async () => (await fetch("/api/v1/audit.ndjson")).text());
    expect(audit).toContain('"purpose":"案件 2026-117"');
  });
});

describe("the lead's page", () => {
  it("shows what speaks for and against each stretch, the people behind it, the windows and what changed", async () => {
    const { page, complaints } = await signedIn({ role: "investigator" });
    await open(page, leadPath());
    const first = page.locator("table:has(caption:text('Candidates')) tbody tr").first();
    expect(await first.locator(".for").textContent()).toMatch(/found: \S+/);
    expect(await first.locator("td").nth(2).textContent()).toMatch(/^[\d, ]+$/);
    expect(await page.locator(".next").textContent()).toMatch(/Start \d\d:\d\d \(\d\d:\d\d–\d\d:\d\d\)/);
    expect(await page.locator("section:has(h2:text('What changed'))").textContent()).toMatch(/90 % set: \d+ to \d+ manholes/);
    expect(complaints).toEqual([]);
  });

  it("in Chinese, says what to know in Chinese, tells two sources one by one, and plans a survey under a note on the baselines", async () => {
    const { page, complaints } = await signedIn({ role: "investigator", language: "zh" });
    // the lead as it is, with what samples of two sources and wrong baselines would make of it
    await page.route(`**/api/v1${leadPath()}`, async (route) => {
      const response = await route.fetch();
      const lead = await response.json();
      const [source] = lead.posterior.sources;
      const notes = [
        { code: "baseline_uncertain", values: { factor: 1.8 } },
        { code: "several_sources", values: { sources: 2, probability: 0.97 } },
      ];
      const second = { ...source, candidates: source.candidates.toReversed() };
      await route.fulfill({
        response,
        json: { ...lead, posterior: { ...lead.posterior, several: 0.97, sources: [source, second], notes } },
      });
    });
    await open(page, leadPath());
    expect(await page.locator("ul.warnings").textContent()).toMatch(/约1\.8倍.*2处或更多排放源的概率为97 %/);
    expect(await page.locator(".next").first().textContent()).toContain("上游的概率");
    expect(await page.locator("table:has(caption:text('各排放源')) tbody tr").count()).toBe(2);
    await page.waitForSelector("text=可显现的位置");
    expect(complaints).toEqual([]);
  });

  it("gives the lead to somebody, keeps a file, and asks for an authorisation that its asker cannot approve", async () => {
    const { page } = await signedIn({ role: "investigator" });
    await open(page, leadPath());
    await fill(page, "Assign", { assignee: "Wang Fang" });
    await page.waitForSelector("text=With Wang Fang");
    await page
      .locator("form[aria-label='Add files'] input")
      .setInputFiles({ name: "seal.png", mimeType: "image/png", buffer: Buffer.from("x") });
    await page.locator("form[aria-label='Add files'] button").click();
    await page.waitForSelector("a:has-text('seal.png')");
    await fill(page, "Ask for an authorisation", { legalBasis: "Code of procedure, article 12", reference: "R-1" });
    const asked = page.locator("section:has(h2:text('Authorisations')) li");
    await asked.getByText("Approve").click();
    await asked.locator("textarea").fill("myself");
    await asked.locator(".reason button[type=submit]").click();
    expect(await asked.locator("[role=alert]").textContent()).toContain("another person");
    const admin = await signedIn({ role: "admin" });
    await open(admin.page, leadPath());
    const theirs = admin.page.locator("section:has(h2:text('Authorisations')) li");
    await theirs.getByText("Approve").click();
    await theirs.locator("textarea").fill("seen");
    await theirs.locator(".reason button[type=submit]").click();
    await admin.page.waitForSelector("strong:has-text('in force')");
  });

  it("leads at a small plant are asked for on the plant's page, in Chinese, and approved by another", async () => {
    const path = `/sites/${world.siteId}`;
    const { page } = await signedIn({ role: "investigator", language: "zh" });
    await open(page, path);
    await page.getByText("服务人口低于规定下限的水厂").waitFor();
    await fill(page, "申请授权", { legalBasis: "刑事诉讼法第一百一十五条", reference: "R-2" });
    await page.locator("strong", { hasText: "待批准" }).waitFor();
    const admin = await signedIn({ role: "admin" });
    await open(admin.page, path);
    const asked = admin.page.locator("section:has(h2:text('Authorisations')) li");
    await asked.getByText("Approve").click();
    await asked.locator("textarea").fill("seen");
    await asked.locator(".reason button[type=submit]").click();
    await asked.locator("strong:has-text('in force')").waitFor();
    const analyst = await signedIn({ role: "analyst" });
    await open(analyst.page, path);
    expect(await analyst.page.locator("h2:text('Authorisations')").count()).toBe(0);
  });

  it("hands on a report that stands alone, with chart and map, and fits a printed page", async () => {
    const { page, context } = await signedIn({ role: "investigator" });
    await open(page, leadPath());
    const [report] = await Promise.all([context.waitForEvent("page"), page.getByText("Report", { exact: true }).click()]);
    const asked: string[] = [];
    report.on("request", (request) => asked.push(request.url()));
    await report.waitForSelector("svg");
    expect(await report.locator("svg").count()).toBe(2);
    expect(await report.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(asked).toEqual([]);
    if (process.env["PICTURES"]) {
      mkdirSync(process.env["PICTURES"], { recursive: true });
      await report.screenshot({ path: `${process.env["PICTURES"]}/report.png`, fullPage: true });
      await page.screenshot({ path: `${process.env["PICTURES"]}/lead.png`, fullPage: true });
    }
  });
});

describe("a crew's phone", () => {
  it("opens its order by the link alone, works without a network, and sends what it kept when there is one again", async () => {
    const { page } = await signedIn({ role: "investigator" });
    await open(page, leadPath());
    await fill(page, "Send a crew out", { day: today() });
    const link = await page.locator(".banner a[href^='/field/']").getAttribute("href");
    const context = await browser.newContext({ viewport: { width: 390, height: 780 }, baseURL: world.address, locale: "zh-CN" });
    onTestFinished(() => context.close());
    const phone = await context.newPage();
    const complaints: string[] = [];
    phone.on("pageerror", (error) => complaints.push(String(error)));
    phone.on("console", (message) => {
      if (message.type() === "error" && !/ERR_INTERNET_DISCONNECTED/.test(message.text())) complaints.push(message.text());
    });
    await phone.goto(link!);
    await phone.waitForSelector(".point");
    expect(await phone.locator("h1").textContent()).toContain("采样单");
    expect(await phone.textContent("main")).not.toMatch(/methamphetamine|lead-/);
    await phone.evaluate("navigator.serviceWorker.ready");
    await phone.waitForFunction("caches.match('/field/keep.js')");
    await context.setOffline(true);
    await phone.reload();
    await phone.waitForSelector(".point");
    const points = phone.locator(".point");
    const first = points.first();
    await first.locator("[name=collector]").fill("赵敏");
    phone.once("dialog", (dialog) => dialog.accept("井盖被车辆占压"));
    await first.getByText("未采样", { exact: true }).click();
    await phone.waitForSelector("text=已存于本机");
    await phone.reload(); // the battery was empty
    await phone.waitForSelector("text=已存于本机");
    if (process.env["PICTURES"]) await phone.screenshot({ path: `${process.env["PICTURES"]}/phone.png`, fullPage: true });
    await context.setOffline(false);
    await phone.waitForSelector(".point.sent");
    await open(page, leadPath());
    expect(await page.locator("section:has(h2:text('Sampling orders'))").textContent()).toContain("not taken: 井盖被车辆占压");
    expect(await page.locator(".log").first().textContent()).toContain("crew returned");
    expect(complaints).toEqual([]);
  });

  it("a wrong link opens nothing and says so", async () => {
    const context = await browser.newContext({ baseURL: world.address, locale: "en" });
    onTestFinished(() => context.close());
    const phone = await context.newPage();
    await phone.goto(`/field/#order-none/${"x".repeat(43)}`);
    await phone.waitForSelector("text=ask for a new one");
    expect(await phone.locator(".point").count()).toBe(0);
  });
});
