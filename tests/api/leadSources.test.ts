import { parseHTML } from "linkedom";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lead as leadSchema, type SourceFinding } from "../../schemas/lead.ts";
import { leadSurvey } from "../../schemas/leadSurvey.ts";
import { generateSewer } from "../../simulation/sewer.ts";
import { AT, leadOf } from "../store/records/nouns.ts";
import { saveTraced, town } from "./tracedLead.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
  await saveTraced(world.records, "lead-t", 4);
  world.pass(60_000);
});
afterAll(() => world.close());

const read = (path: string, who: "investigator" | "analyst" = "investigator") => world.ask({ url: `${V}/leads/${path}`, who });
const rows = (html: string, heading: string) => {
  const title = [...parseHTML(html).document.querySelectorAll("h2")].find((each) => each.textContent === heading);
  let table = title?.nextElementSibling;
  while (table && table.tagName !== "TABLE") table = table.nextElementSibling;
  return [...(table?.querySelectorAll("tbody tr") ?? [])].map((row) => row.textContent?.replace(/\s+/g, " ").trim());
};

it("a survey names manholes of the lead's sewer, none an institution, for the load the lead is after; who saw it is written down", async () => {
  const { status, body } = await read("lead-t/survey");
  expect(status).toBe(200);
  expect(leadSurvey.parse(body)).toEqual(body);
  const kinds = new Map(town.nodes.map(({ id, kind }) => [id, kind ?? "manhole"]));
  expect(body.manholes.length).toBeGreaterThan(5);
  for (const { node } of body.manholes) expect(kinds.get(node)).not.toMatch(/institution|plant/);
  const lead = await world.records.leads.find("lead-t");
  expect(body).toMatchObject({ excessGD: lead?.posterior?.massGD?.median, baselineGD: 4 });
  const viewed = (await world.records.chains.list("audit", { limit: 10_000 })).filter(({ subject }) => subject === "lead-t");
  expect(viewed.map(({ content }) => (content as { what: string }).what)).toContain("survey");
});

it("where the samples say that baselines are far off, fewer places show as they are; an institution is never proposed", async () => {
  const sewer = generateSewer({ id: "sure", seed: 3, nodes: 150, people: 60_000 });
  const { body: plain } = await read("lead-t/survey");
  const institution = plain.manholes[0].node as string;
  const nodes = sewer.nodes.map((node) => (node.id === institution ? { ...node, kind: "institution" } : node));
  await world.records.networks.save({ ...sewer, nodes }, AT);
  const before = await world.records.leads.find("lead-t");
  const posterior = before?.posterior && { ...before.posterior, baselineSdLn: 1.6 };
  await world.records.leads.save({
    ...leadSchema.parse(before),
    leadId: "lead-far",
    networkId: "sure",
    posterior: posterior ?? null,
  });
  const { body } = await read("lead-far/survey");
  expect(body.traceableShare).toBeLessThan(plain.traceableShare);
  expect(body.manholes.map(({ node }: { node: string }) => node)).not.toContain(institution);
});

it("403: an analyst sees no survey, since it names manholes; 404 where the sewer is not mapped", async () => {
  expect((await read("lead-t/survey", "analyst")).status).toBe(403);
  await world.records.leads.save(leadOf("lead-unmapped", { networkId: null, posterior: null }));
  expect((await read("lead-unmapped/survey")).status).toBe(404);
});

it.each([
  ["en", "The sources one by one", "2 sources or more with 97 %"],
  ["zh", "各排放源", "2处或更多排放源的概率为97 %"],
])("the report (%s) tells each of two sources; of one it has no such table", async (lang, heading, note) => {
  const one = await world.records.leads.find("lead-t");
  expect(rows((await read(`lead-t/report.html?lang=${lang}`)).body, heading)).toEqual([]);
  const [first, second] = [town.nodes[20], town.nodes[120]].map((node) => {
    const set = { nodes: [node?.id as string], pipeLengthM: 50, people: 100 };
    const credible = { "50": set, "80": set, "90": set, "95": set };
    return { candidates: [{ node: node?.id as string, probability: 0.94 }], credible, massGD: { median: 8, low: 5, high: 12 } };
  }) as [SourceFinding, SourceFinding];
  const notes = [{ code: "several_sources" as const, values: { sources: 2, probability: 0.97 } }];
  const posterior = one?.posterior && { ...one.posterior, several: 0.97, sources: [first, second], notes };
  await world.records.leads.save({ ...leadSchema.parse(one), leadId: "lead-two", posterior: posterior ?? null });
  const { body } = await read(`lead-two/report.html?lang=${lang}`);
  const told = rows(body, heading);
  expect(told).toHaveLength(2);
  for (const row of told) expect(row).toMatch(/\(94 %\).*8 \(5–12\)/);
  expect(told.join()).not.toMatch(new RegExp(`\\b(${town.nodes[20]?.id}|${town.nodes[120]?.id})\\b`)); // areas, without leave
  expect(body.replaceAll("&gt;", ">")).toContain(note);
});

it("the report's chart draws the loads as they are judged: another profile's beside them add no mark", async () => {
  const marks = async () =>
    [...parseHTML((await read("lead-t/report.html")).body).document.querySelectorAll("svg")][0]?.querySelectorAll("circle")
      .length;
  const before = await marks();
  expect(before).toBeGreaterThan(20);
  const judged = await world.series.read({
    ...{ measure: "load", siteIds: ["plant-a"], names: ["mdma"] },
    ...{ fromMs: Date.parse("2026-01-01"), toMs: Date.parse("2026-07-01") },
  });
  await world.series.write(
    judged.map((point) => ({ ...point, measure: "load" as const, variant: "mine@2", unit: "g/d", value: 2 * point.value })),
  );
  expect(await marks()).toBe(before);
});
