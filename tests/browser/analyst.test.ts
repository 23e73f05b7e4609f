import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { AssayReport } from "../../schemas/assay.ts";
import { addDays } from "../../schemas/days.ts";
import { open } from "./chromium.ts";
import { drawing, openedWorld, tabTo } from "./opened.ts";
import { REVIEW_ANALYTE, REVIEW_SITE, reviewReports } from "./review.ts";
import type { World } from "./world.ts";

let world: World;
const signedIn = openedWorld((opened) => {
  world = opened;
});

const seriesPath = (analyte = world.analyte) => `/sites/${world.siteId}/series/${analyte}`;
const reviewPath = `/sites/${REVIEW_SITE.siteId}/series/${REVIEW_ANALYTE}?window=all&measure=concentration`;
const main = (page: Page) => page.evaluate<string>("document.querySelector('main').innerText");

describe("the series page", () => {
  it.each([
    ["concentration", "Concentration, ng/L"],
    ["load", "Load, g/day"],
    ["populationNormalisedLoad", "Per 1,000 people, mg/day/1,000 people"],
    ["consumption", "Consumption, mg/day/1,000 people"],
    ["doses", "Doses, doses/day/1,000 people"],
  ])("%s has its unit on the axis", async (measure, label) => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `${seriesPath()}?measure=${measure}`);
    expect(await page.locator("svg.plot").first().textContent()).toContain(label);
  });

  it("a quantity that is absent says why: cocaine itself has no agreed factor", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `${seriesPath("cocaine")}?measure=consumption`);
    expect(await main(page)).toContain("no agreed excretion factor");
  });

  it("a link holds the whole state and shows the page again, drawing and words", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, seriesPath());
    await page.getByText("Per 1,000 people", { exact: true }).click();
    await page.getByText("Linear", { exact: true }).click();
    await page.locator(".brush input[type=date]").first().fill("2026-09-01");
    await page.keyboard.press("Tab");
    await page.waitForURL(/from=2026-09-01/);
    const slider = page.getByRole("slider").first();
    await slider.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".explained ol li");
    const address = page.url();
    expect(address).toMatch(/measure=populationNormalisedLoad.*scale=linear.*from=2026-09-01.*day=2026-09-01/);
    const { pathname, search } = new URL(address);
    await open(page, pathname + search);
    await page.waitForSelector(".explained ol li");
    const [shown, words] = [await drawing(page), await main(page)];
    const other = await signedIn({ role: "investigator" });
    await open(other.page, pathname + search);
    await other.page.waitForSelector(".explained ol li");
    expect(await drawing(other.page)).toBe(shown);
    expect(await main(other.page)).toBe(words);
  });

  it("a stretch drawn on the strip becomes the window", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `${seriesPath()}?window=all`);
    const box = (await page.locator(".brush svg").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 10, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=.*to=/);
    const { searchParams } = new URL(page.url());
    const days = (Date.parse(searchParams.get("to")!) - Date.parse(searchParams.get("from")!)) / 86_400_000;
    expect(days).toBeGreaterThan(100); // a quarter of 430 days
    expect(days).toBeLessThan(115);
  });

  it("a note is written, drawn behind its days, seen by others, and taken back by its author alone", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `${reviewPath}&day=2026-05-20`);
    await page.getByText("Add a note").click();
    await page.locator(".annotation-form select").selectOption("festival");
    await page.locator(".annotation-form input[type=text]").fill("Strawberry Festival");
    await page.getByRole("button", { name: "Add the note" }).click();
    await page.waitForSelector("li:has-text('Strawberry Festival')");
    await expect.poll(() => page.locator("svg.plot").first().textContent()).toContain("festival");
    const other = await signedIn({ role: "investigator" });
    await open(other.page, reviewPath);
    expect(await main(other.page)).toContain("Strawberry Festival");
    expect(await other.page.getByRole("button", { name: /Remove the note/ }).count()).toBe(0);
    await page.getByRole("button", { name: /Remove the note/ }).click();
    await page.waitForSelector("li:has-text('Strawberry Festival')", { state: "detached" });
  });

  it("as it was known on an earlier day: before anything came, nothing, and it says so", async () => {
    const { page } = await signedIn({ role: "analyst" });
    const today = new Date().toISOString().slice(0, 10);
    await open(page, `${seriesPath()}?asOf=${today}`);
    expect(await page.locator("svg.plot").count()).toBeGreaterThan(0);
    await open(page, `${seriesPath()}?asOf=${addDays(today, -1)}`);
    expect(await main(page)).toMatch(/As known at the end of[\s\S]*is absent here/);
  });

  it("years lie over each other, and each is named", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `${seriesPath()}?view=years`);
    const drawn = await page.locator("svg.plot").first().textContent();
    expect(drawn).toContain("2025");
    expect(drawn).toContain("2026");
  });
});

describe("live", () => {
  it("a new result is on the page without a reload", async () => {
    const { page, complaints } = await signedIn({ role: "analyst" });
    await open(page, `${reviewPath}&view=table`);
    const rows = () => page.locator(".scroll tbody tr").count();
    const before = await rows();
    const last = reviewReports().at(-1) as AssayReport;
    const day = addDays(last.sample.start.slice(0, 10), 1);
    const sample = {
      ...last.sample,
      sampleId: `REVIEW-1-live`,
      start: `${day}T08:00:00+08:00`,
      end: `${addDays(day, 1)}T08:00:00+08:00`,
    };
    await world.client.upload([{ ...last, uploadId: "U-live", sample }]);
    await expect.poll(rows, { timeout: 60_000, interval: 500 }).toBe(before + 1);
    expect(complaints).toEqual([]);
  });

  it("when the server is away, what is shown stays and says that it may be old; then it goes on by itself", async () => {
    const { page, context } = await signedIn({ role: "analyst" });
    await open(page, seriesPath());
    await context.setOffline(true);
    await page.waitForSelector(".interrupted");
    expect(await page.locator(".interrupted").textContent()).toContain("may be out of date");
    expect(await page.locator("svg.plot").count()).toBeGreaterThan(0);
    await context.setOffline(false);
    await page.waitForSelector(".interrupted", { state: "detached" });
  });
});

describe("compare", () => {
  it("sites and substances share an axis a substance, or have their own", async () => {
    const { page } = await signedIn({ role: "analyst" });
    const ticks = async () => {
      await page.locator(".compare-row svg.plot").nth(11).waitFor();
      const row = page.locator(".compare-row").first().locator("svg.plot");
      return Promise.all([0, 1, 2].map((index) => row.nth(index).locator("g[aria-label='y-axis tick label']").textContent()));
    };
    await open(page, "/compare?analytes=methamphetamine,mdma,ketamine,morphine");
    expect(new Set(await ticks()).size).toBe(1);
    await page.getByText("Own axes").click();
    await page.waitForURL(/axes=own/);
    await expect.poll(async () => new Set(await ticks()).size).toBeGreaterThan(1);
  });

  it("the sites chosen are in the address", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, "/compare");
    await page.getByText("Sites", { exact: false }).locator("visible=true").and(page.locator("summary")).first().click();
    await page.locator(".many[open] input[type=checkbox]").first().uncheck();
    await page.waitForURL(/sites=/);
    expect(new URL(page.url()).searchParams.get("sites")!.split(",")).toHaveLength(2);
  });

  it("ratios are of one sample, and one that is only bounded says so", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `/compare?view=ratios&site=${world.siteId}`);
    await page.waitForSelector("h2:has-text('Amphetamine / Methamphetamine')");
    expect(await main(page)).toMatch(/Cocaine \/ Benzoylecgonine[\s\S]*≤ \d/);
  });

  it("regions say what they rest on", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, "/compare?view=regions&analyte=mdma");
    const text = await main(page);
    expect(text).toContain("weighted by the people connected");
    expect(text).toMatch(/Germany[\s\S]*11 sites with 100%/);
  });

  it("one's own sites stand among those of EUDA", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, "/compare?view=public&analyte=mdma");
    await page.waitForSelector("svg.plot");
    expect(await page.locator("svg.plot").textContent()).toContain("EUDA");
    expect(await page.locator("tbody tr").count()).toBe(3);
  });
});

describe("anomalies", () => {
  it("one that is put off leaves the queue with its reason, and is brought back", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, "/anomalies?sort=newest");
    const address = (await page.locator(".ranking tbody a").first().getAttribute("href"))!;
    await open(page, address);
    await page.locator("summary", { hasText: "Put off" }).click();
    await page.locator(".annotation-form input[type=text]").fill("waits for the repeat analysis");
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.waitForSelector("text=waits for the repeat analysis");
    await open(page, "/anomalies");
    expect(await page.locator(`a[href="${address}"]`).count()).toBe(0);
    await open(page, "/anomalies?state=snoozed");
    expect(await page.locator(`a[href="${address}"]`).count()).toBe(1);
    await open(page, address);
    await page.getByRole("button", { name: "Bring back now" }).click();
    await page.locator("summary", { hasText: "Put off" }).waitFor();
    await open(page, "/anomalies");
    expect(await page.locator(`a[href="${address}"]`).count()).toBe(1);
  });

  it("filters are in the address, and the bar speaks the causes", async () => {
    const { page } = await signedIn({ role: "analyst" });
    await open(page, `/anomalies?state=any&analyte=${world.analyte}&ratio=2`);
    const names = await page.locator(".ranking tbody a").allTextContents();
    expect(new Set(names)).toEqual(new Set(["Methamphetamine"]));
    expect(await page.locator(".verdict svg").first().getAttribute("aria-label")).toMatch(/disposal \d+%/);
  });

  it.each([
    ["en", "Part of a rise at 3 of 5 sites of Lanze East"],
    ["zh", "属区域性升高：Lanze East 5 个点位中有 3 个同时升高"],
  ] as const)("one that is part of a rise of the region says so, in the queue and on its page (%s)", async (language, said) => {
    const { page } = await signedIn({ role: "analyst", language });
    const [anomalyId] = world.lead.anomalyIds;
    // the world's plants do not rise together; what the server finds is the matter of tests/api/regional.test.ts
    const place = { riseId: "rise-1", country: "CN", region: "Lanze East", analyte: world.analyte };
    const rise = { ...place, start: "2026-05-04", end: "2026-05-06", siteIds: [world.siteId, "b", "c"], risen: 3, sampled: 5 };
    await page.route("**/api/v1/anomalies/regional?*", (route) =>
      route.fulfill({ json: { items: [{ ...rise, anomalyIds: [anomalyId, "of-b", "of-c"] }], next: null } }),
    );
    await open(page, "/anomalies?state=any");
    expect(await page.locator("tr", { has: page.locator(`a[href="/anomalies/${anomalyId}"]`) }).textContent()).toContain(said);
    expect(await page.getByText(said).count()).toBe(1);
    await open(page, `/anomalies/${anomalyId}`);
    expect(await main(page)).toContain(`${said}: ${world.siteId}, b, c`);
  });

  it("an investigator asks for a lead, in Chinese", async () => {
    const { page } = await signedIn({ role: "investigator", language: "zh" });
    await open(page, `/anomalies/${world.lead.anomalyIds[0]}`);
    await page.getByRole("button", { name: "开立线索" }).click();
    await page.locator(".reason textarea").fill("井盖附近发现可疑容器");
    await page.getByRole("button", { name: "确定", exact: true }).click();
    await page.waitForSelector("[role=status]:has-text('已提交')");
  });
});

describe("a page opened without the right", () => {
  it.each(["/compare", "/anomalies/known", "/sites/known", "/sites/known/series/methamphetamine"])(
    "%s says so to a laboratory and shows nothing of it",
    async (path) => {
      const { page } = await signedIn({ role: "lab" });
      await open(page, path.replace("/sites/known", `/sites/${world.siteId}`).replace("known", world.lead.anomalyIds[0]!));
      await page.waitForSelector("[role=alert]");
      const text = await main(page);
      expect(text).toContain("does not open this page");
      expect(text).not.toMatch(/\d+(\.\d+)? (g\/day|ng\/L|×)/);
    },
  );
});

describe("by keyboard alone", () => {
  it("the analyst goes from sign-in over the overview to a series, walks its values, and acknowledges an anomaly", async () => {
    const { page } = await signedIn({});
    await page.keyboard.press("Tab");
    await page.keyboard.type(world.client.keys.analyst);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('Overview')");
    await page.waitForSelector(".ranking a");
    await tabTo(page, (await page.locator(".ranking tbody a").first().textContent())!);
    await page.keyboard.press("Enter");
    await page.waitForSelector("svg.plot");
    while ((await page.evaluate("document.activeElement.type")) !== "range") await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".explained ol li");
    await tabTo(page, (await page.locator(".anomaly a").first().textContent())!);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h2:has-text('Decide')");
    await tabTo(page, "Acknowledge");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".badge.state-acknowledged");
  });

  it("in Chinese: from sign-in to the queue, and an anomaly put off with its reason", async () => {
    const { page } = await signedIn({ language: "zh" });
    await page.keyboard.press("Tab");
    await page.keyboard.type(world.client.keys.analyst);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('总览')");
    await tabTo(page, "异常");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".ranking tbody a");
    await tabTo(page, (await page.locator(".ranking tbody a").last().textContent())!);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h2:has-text('处理')");
    await tabTo(page, "暂缓处理");
    await page.keyboard.press("Enter");
    while ((await page.evaluate("document.activeElement.type")) !== "text") await page.keyboard.press("Tab");
    await page.keyboard.type("等待复测结果");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=status]:has-text('等待复测结果')");
  });
});

describe("a page whose renewal fails", () => {
  it("keeps what it shows, says from when it is, and is whole again when asked", async () => {
    const { page, context } = await signedIn({ role: "analyst" });
    await open(page, "/anomalies?state=any");
    const rows = await page.locator(".ranking tbody tr").count();
    await page.route("**/api/v1/anomalies?*", (route) => route.fulfill({ status: 503, json: {} }));
    await context.setOffline(true);
    await context.setOffline(false); // back again, the page asks for what it may have missed
    await page.waitForSelector(".stale");
    expect(await page.locator(".stale").textContent()).toMatch(/As of \d\d:\d\d:\d\d/);
    expect(await page.locator(".ranking tbody tr").count()).toBe(rows);
    await page.unroute("**/api/v1/anomalies?*");
    await page.locator(".stale button").click();
    await page.waitForSelector(".stale", { state: "detached" });
  });
});
