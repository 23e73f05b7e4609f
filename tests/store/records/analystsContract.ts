import { expect, it } from "vitest";
import type { Annotation } from "../../../schemas/annotation.ts";
import type { AssayResult } from "../../../schemas/assay.ts";
import type { Sample } from "../../../schemas/sample.ts";
import type { Records } from "../../../store/records/records.ts";
import type { ResultRevision } from "../../../store/records/revisions.ts";
import { AT, anomalyOf, revisionOf } from "./nouns.ts";
import { openedBy } from "./opening.ts";

const at = (minutes: number) => new Date(Date.parse(AT) + minutes * 60_000).toISOString();

const annotationOf = (annotationId: string, change: Partial<Annotation> = {}): Annotation => ({
  annotationId,
  siteId: "plant-a",
  analyte: null,
  from: "2026-05-01",
  to: "2026-05-03",
  kind: "festival",
  text: "Strawberry Festival",
  author: "the analyst",
  createdAt: AT,
  ...change,
});

/** One value of one sample, received at a time; another value is a correction of it, which counts when it gives a reason. */
function received(
  sampleId: string,
  value: number,
  receivedAt: string,
  { reason, sample, result }: { reason?: string; sample?: Partial<Sample>; result?: Partial<AssayResult> } = {},
): ResultRevision {
  const change = { sample: { sampleId, ...sample }, result: { value, ...result }, release: receivedAt };
  return { ...revisionOf({ ...change, ...(reason ? { reason } : {}) }), receivedAt };
}

/** The promises of what analysts write and decide, as tests that each engine passes. */
export function analystsContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);

  it(`${engine}: annotations of a site are those that touch the days, of the analyte or of all`, async () => {
    const { annotations } = await opened();
    await annotations.add(annotationOf("b", { from: "2026-05-10", to: "2026-05-10", analyte: "mdma" }));
    await annotations.add(annotationOf("a"));
    await annotations.add(annotationOf("c", { siteId: "plant-b" }));
    await annotations.add(annotationOf("d", { from: "2026-05-11", to: "2026-05-11", analyte: "ketamine" }));
    const ids = async (filter: Parameters<typeof annotations.list>[0]) =>
      (await annotations.list(filter)).map(({ annotationId }) => annotationId);
    expect(await ids({ siteId: "plant-a" })).toEqual(["a", "b", "d"]);
    expect(await ids({ siteId: "plant-a", analyte: "mdma" })).toEqual(["a", "b"]);
    expect(await ids({ siteId: "plant-a", from: "2026-05-03", to: "2026-05-09" })).toEqual(["a"]);
    expect(await annotations.find("a")).toEqual(annotationOf("a"));
    expect([await annotations.remove("a"), await annotations.remove("a")]).toEqual([true, false]);
  });

  it(`${engine}: a snooze holds until the morning of its day, and the last one counts`, async () => {
    const { snoozes } = await opened();
    const snooze = { anomalyId: "a", until: "2026-05-10", reason: "festival", actor: "x", at: AT };
    await snoozes.save(snooze);
    await snoozes.save({ ...snooze, until: "2026-05-12" });
    expect(await snoozes.holding("2026-05-11")).toEqual([{ ...snooze, until: "2026-05-12" }]);
    expect(await snoozes.holding("2026-05-12")).toEqual([]);
    expect([await snoozes.remove("a"), await snoozes.remove("a")]).toEqual([true, false]);
  });

  it(`${engine}: looks within half an hour are one visit; a later one knows when the one before ended`, async () => {
    const { visits } = await opened();
    expect(await visits.look("key", at(0))).toBeNull();
    expect(await visits.look("key", at(20))).toBeNull();
    expect(await visits.look("key", at(60))).toBe(at(20));
    expect(await visits.look("key", at(61))).toBe(at(20));
    expect(await visits.look("other", at(61))).toBeNull();
  });

  it(`${engine}: what arrived since is counted by site, corrections of what was there apart`, async () => {
    const { results, visits } = await opened();
    await results.append([received("s-1", 1, at(0)), received("s-2", 2, at(0))]);
    await results.append([received("s-1", 1.5, at(10)), received("s-3", 3, at(10))]);
    expect(await visits.resultsSince(at(0))).toEqual([{ siteId: "plant-a", results: 2, corrections: 1 }]);
    expect(await visits.resultsSince(at(10))).toEqual([]);
  });

  it(`${engine}: anomalies that changed since are known, the last changed first`, async () => {
    const { anomalies, visits } = await opened();
    await anomalies.replace("plant-a", "mdma", [anomalyOf("2026-05-01"), anomalyOf("2026-05-02")], at(0));
    await anomalies.replace("plant-a", "mdma", [anomalyOf("2026-05-02")], at(10));
    const changed = await visits.anomaliesSince(at(0), 10);
    expect(changed.map(({ anomalyId, state }) => [anomalyId, state])).toEqual([["anomaly-2026-05-01", "retracted"]]);
    expect(await visits.anomaliesSince(at(-1), 1)).toHaveLength(1);
  });

  it(`${engine}: a sample is listed once, as it counts now, with custody, flags, corrections and what is held`, async () => {
    const { results, samples } = await opened();
    const custody: Sample["custody"] = [{ time: "2026-05-05T09:00:00+08:00", action: "sealed", by: "crew 4", seal: "A-17" }];
    const later = { start: "2026-05-09T08:00:00+08:00", end: "2026-05-10T08:00:00+08:00" };
    await results.append([
      received("s-1", 1, at(0), { sample: { custody }, result: { flags: ["ION_RATIO"] } }),
      received("s-1", 9, at(1), { sample: { custody }, result: { analyte: "ketamine" } }),
      received("s-2", 2, at(2), { sample: later }),
      received("s-3", 3, at(3), { sample: { siteId: "plant-b" } }),
    ]);
    await results.append([
      received("s-1", 1.5, at(10), { sample: { custody }, reason: "recalculated", result: { flags: ["ION_RATIO"] } }),
      received("s-1", 8, at(11), { sample: { custody }, result: { analyte: "ketamine" } }),
      received("s-2", 2, at(12), { sample: later, reason: "wrong bottle", result: { withdrawn: true } }),
    ]);
    const window = { siteId: "plant-a", fromMs: Date.parse("2026-05-01"), toMs: Date.parse("2026-06-01") };
    const counts = { corrected: 0, withdrawn: 0, held: 0, flags: [], labId: "lab-1" };
    expect(await samples.ofSite(window)).toMatchObject([
      { ...counts, sample: { sampleId: "s-2", ...later }, results: 0, withdrawn: 1, receivedAt: at(12) },
      {
        ...counts,
        sample: { sampleId: "s-1", custody },
        results: 2,
        corrected: 1,
        held: 1,
        flags: ["ION_RATIO"],
        receivedAt: at(11),
      },
    ]);
    expect(await samples.ofSite({ ...window, toMs: Date.parse("2026-05-05") })).toHaveLength(1);
  });
}
