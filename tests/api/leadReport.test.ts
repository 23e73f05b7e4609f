import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languageFor } from "../../api/leads/report/words.ts";
import type { Lead } from "../../schemas/lead.ts";
import { leadOf } from "../store/records/nouns.ts";
import { saveTraced, TRUE_NODE, town } from "./tracedLead.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
let lead: Lead;
beforeAll(async () => {
  world = await openWorld();
  lead = await saveTraced(world.records, "lead-t", 4);
  world.pass(60_000); // requests come after the keys were made
});
afterAll(() => world.close());

const read = async (path: string, headers = {}) =>
  (await world.ask({ url: `${V}/leads/lead-t/${path}`, who: "investigator", headers })).body;
const page = (text: string) => parseHTML(text).document;
const cells = (text: string) => [...page(text).querySelectorAll("td, th")].map((cell) => cell.textContent?.trim() ?? "");
const MANHOLE = new RegExp(`^(${town.nodes.map(({ id }) => id).join("|")})$`);

async function authorise(): Promise<string> {
  const payload = {
    subject: { kind: "lead", id: "lead-t" },
    legalBasis: "Code of criminal procedure, article 12",
    reference: "2026-117",
    validUntil: "2026-06-01T00:00:00Z",
  };
  const { body } = await world.ask({ method: "POST", url: `${V}/authorisations`, who: "investigator", payload });
  return body.authorisationId;
}
const decide = (id: string, decision: string, who: "admin" | "investigator") =>
  world.ask({ method: "POST", url: `${V}/authorisations/${id}/decisions`, who, payload: { decision, reason: "seen" } });

describe("below the smallest population, nothing that leaves the house names a place", () => {
  /** The true manhole, and all others of the sets. */
  const places = () => new Set([TRUE_NODE, ...(lead.posterior?.credible["95"].nodes ?? [])]);
  const named = (text: string) => [...places()].filter((place) => new RegExp(`\\b${place}\\b`).test(text));

  it("this lead has such places", () => expect(lead.posterior?.credible["90"].people).toBeLessThan(10_000));

  it.each(["report.html", "report.html?lang=zh", "report.geojson", "evidence.csv"])("%s", async (path) => {
    const body = await read(path);
    expect(named(typeof body === "string" ? body : JSON.stringify(body))).toEqual([]);
  });

  it("the map's features of one area are alike, and tell nobody how many live at a manhole", async () => {
    const { features } = await read("report.geojson");
    const of = (place: string) =>
      features.filter((feature: { properties: { place: string } }) => feature.properties.place === place);
    const area = features.find((feature: { properties: { probability: number } }) => feature.properties.probability > 0.5)
      .properties.place;
    expect(new Set(of(area).map((feature: { properties: { probability: number } }) => feature.properties.probability)).size).toBe(
      1,
    );
    expect(of(area).length).toBeGreaterThan(10);
    expect(JSON.stringify(features)).not.toContain("population");
  });

  it("the leads' table names none either", async () => {
    const { body } = await world.ask({ url: `${V}/leads.csv`, who: "investigator" });
    expect(named(body)).toEqual([]);
  });

  it("one person asking, or approving for oneself, opens nothing; a second person does, until it is withdrawn", async () => {
    const id = await authorise();
    expect(named(await read("report.html"))).toEqual([]);
    expect((await decide(id, "approved", "investigator")).status).toBe(409);
    expect(named(await read("report.html"))).toEqual([]);
    expect((await decide(id, "approved", "admin")).status).toBe(200);
    const open = await read("report.html");
    expect(named(open)).toContain(TRUE_NODE);
    expect(open).toContain("Code of criminal procedure, article 12");
    expect(named(await read("evidence.csv"))).not.toEqual([]);
    await decide(id, "withdrawn", "investigator");
    expect(named(await read("report.html"))).toEqual([]);
  });
});

describe("the report", () => {
  let text: string;
  beforeAll(async () => {
    const id = await authorise();
    await decide(id, "approved", "admin");
    text = await read("report.html?lang=en", { "accept-language": "zh" });
  });

  it("asks for nothing from anywhere and runs nothing", async () => {
    expect(text).not.toMatch(/<(script|link|img|iframe|object|base)\b|@import|url\(|\son\w+=/i);
    expect(text.match(/(?:src|href)="[^"]*"/g) ?? []).toEqual([]);
    const { headers } = await world.ask({ url: `${V}/leads/lead-t/report.html`, who: "investigator" });
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["cache-control"]).toBe("no-store");
  });

  it("says the finding with its numbers, draws chart and sewer, and tells every sample with its weight", () => {
    const document = page(text);
    expect(document.querySelector(".finding")?.textContent).toContain("16 g/d, 4.0 times the expected 4 g/d");
    const [chart, sewer] = [...document.querySelectorAll("svg")];
    expect(chart?.querySelectorAll('[aria-label="dot"] circle, circle').length).toBeGreaterThan(20);
    const colours = [...(sewer?.querySelectorAll("path") ?? [])].map((path) => path.getAttribute("stroke"));
    expect(colours).toEqual(expect.arrayContaining(["#d9793a", "#7a0c02", "#bcc6cc"])); // 50 % set, most probable, the rest
    const days = cells(text).filter((cell) => /^2026-05-0\d$/.test(cell));
    expect(days).toHaveLength(lead.posterior?.evidence.length as number);
  });

  it("says what speaks for and against the first place, what else it may be, and which samples confirm it", () => {
    const [first] = [...page(text).querySelectorAll("tbody th")].filter((cell) => MANHOLE.test(cell.textContent ?? ""));
    expect(first?.textContent).toBe(TRUE_NODE);
    const row = first?.parentElement;
    expect(row?.querySelector(".for")?.textContent).toContain(TRUE_NODE);
    expect(row?.querySelector(".against")?.textContent).toBe("–");
    expect(text).toContain("Nothing: noise at the plant");
    expect(text).toMatch(/Confirming pair: found at \w+, not found at \w+ just upstream/);
  });

  it("holds the hash of each version and of the log, and says whether the log is whole", async () => {
    for (const { contentHash } of await world.records.leads.versions("lead-t")) expect(text).toContain(contentHash);
    expect(text).toContain("It is whole.");
    await world.ask({ method: "POST", url: `${V}/leads/lead-t/notes`, who: "investigator", payload: { text: "one" } });
    world.file.db.exec(`update "chainEntries" set "actor" = 'nobody' where "chain" = 'lead:lead-t' and "seq" = 1`);
    expect(await read("report.html?lang=en")).toContain("NOT whole: entry 1");
  });

  it("in Chinese by address or by the reader's language, with nothing left in English but names", async () => {
    for (const chinese of [
      await read("report.html?lang=zh"),
      await read("report.html", { "accept-language": "zh-CN,zh;q=0.9,en;q=0.8" }),
    ]) {
      expect(chinese).toContain('<html lang="zh-CN">');
      const words = cells(chinese).filter((cell) => /[a-z]{5,}/.test(cell) && !/^[0-9a-f]{64}$/.test(cell));
      expect(words.filter((cell) => cell !== "system")).toEqual([]);
    }
  });

  it.each([
    ["retracted", "en", "Retracted: what it rested on was corrected"],
    ["retracted", "zh", "已撤回：所依据的数据已更正"],
    ["merged", "en", "Merged: it goes on as lead lead-u"],
    ["merged", "zh", "已合并：由线索lead-u继续"],
  ] as const)("of a lead that is %s says so before its finding (%s), and keeps what it found", async (state, lang, words) => {
    const mergedInto = state === "merged" ? "lead-u" : null;
    await world.records.leads.save({ ...lead, leadId: `lead-${state}-${lang}`, state, mergedInto });
    const url = `${V}/leads/lead-${state}-${lang}/report.html?lang=${lang}`;
    const { body } = await world.ask({ url, who: "investigator" });
    expect(body).toContain(words);
    expect(body.indexOf(words)).toBeLessThan(body.indexOf('class="finding"'));
    expect(cells(body)).toContain(lead.posterior?.evidence.at(-1)?.day);
  });

  it("a name out of a file cannot become a tag", async () => {
    const finding = { en: `<img src=x onerror="alert(1)">`, zh: "'>" };
    await world.records.leads.save(leadOf("lead-x", { finding, networkId: null, posterior: null }));
    const { body } = await world.ask({ url: `${V}/leads/lead-x/report.html?lang=en`, who: "investigator" });
    expect(body).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
    expect(body).not.toContain("<img");
  });

  it.each([
    [undefined, "en"],
    ["zh", "zh"],
    ["de,zh;q=0.5,en;q=0.4", "zh"],
    ["en-GB,en;q=0.9,zh;q=0.8", "en"],
    ["zh;q=0,en", "en"],
    ["fr", "en"],
  ])("Accept-Language %s reads %s", (header, language) => expect(languageFor(undefined, header)).toBe(language));
});
