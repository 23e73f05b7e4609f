import { expect, it } from "vitest";
import type { Records } from "../../../store/records/records.ts";
import { AT, anomalyOf, leadOf, revisionOf } from "./nouns.ts";
import { openedBy } from "./opening.ts";

const LATER = "2026-05-06T09:00:00.000Z";

const site = { siteId: "plant-a", name: "Plant A", nameZh: "甲厂", kind: "wwtp", timeZone: "Asia/Shanghai" } as const;

/** Every promise of the records, as tests that each engine passes. */
export function recordsContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);

  it(`${engine}: a site saved again replaces what was known of it`, async () => {
    const { sites } = await opened();
    await sites.save(site, AT);
    await sites.save({ ...site, name: "Plant A, rebuilt" }, LATER);
    expect(await sites.list()).toEqual([{ ...site, name: "Plant A, rebuilt" }]);
    expect(await sites.find("nowhere")).toBeUndefined();
  });

  it(`${engine}: a network keeps its versions, named by their content`, async () => {
    const { networks } = await opened();
    const first = { id: "N-1", plant: "p", nodes: [{ id: "p" }, { id: "m" }], links: [{ id: "l", from: "m", to: "p" }] };
    const version = await networks.save(first, AT);
    expect(await networks.save(first, LATER)).toBe(version);
    const second = { ...first, nodes: [...first.nodes, { id: "n" }] };
    const newer = await networks.save(second, LATER);
    expect((await networks.find("N-1"))?.version).toBe(newer);
    expect((await networks.find("N-1", version))?.network).toEqual(first);
    expect(await networks.save(first, "2026-05-07T08:00:00.000Z")).toBe(version); // put back as it was
    expect((await networks.find("N-1"))?.version).toBe(version);
    expect(await networks.list()).toHaveLength(2);
  });

  it(`${engine}: a result kept twice is there once, and a withdrawn one is gone`, async () => {
    const { results } = await opened();
    await results.append([revisionOf(), revisionOf({ release: "2" })]);
    expect(await results.ofSeries("plant-a", "mdma")).toEqual([revisionOf()]);
    expect(await results.contested([revisionOf().identity])).toEqual([]);
    await results.append([revisionOf({ release: "3", reason: "withdrawnByLab", result: { withdrawn: true } })]);
    expect(await results.ofSeries("plant-a", "mdma")).toEqual([]);
    expect(await results.revisionsOf([revisionOf().identity])).toHaveLength(2); // nothing is erased
    expect(await results.contested([revisionOf().identity])).toEqual([revisionOf().identity]);
    expect(await results.countOf("lab-1")).toBe(1);
  });

  it(`${engine}: a correction that moves a sample to another site leaves nothing behind`, async () => {
    const { results } = await opened();
    const moved = revisionOf({ release: "2", reason: "sampleMixUp", sample: { siteId: "plant-b" } });
    await results.append([moved, revisionOf()]);
    expect(await results.ofSeries("plant-a", "mdma")).toEqual([]);
    expect(await results.ofSeries("plant-b", "mdma")).toEqual([moved]);
  });

  it(`${engine}: a sample is found with every revision of its results, and as the latest of them has it`, async () => {
    const { results } = await opened();
    const first = revisionOf();
    const flowing = revisionOf({ sample: { flowM3D: 40_000 }, release: "2026-05-07T08:00:00.000Z", reason: "recalculation" });
    await results.append([first, flowing, revisionOf({ sample: { sampleId: "s-2" } })]);
    expect(await results.ofSample("lab-1", "s-1")).toEqual([first, flowing]);
    expect(await results.ofSample("lab-2", "s-1")).toEqual([]);
    expect([await results.labsOf("s-1"), await results.labsOf("s-9")]).toEqual([["lab-1"], []]);
    const samples = await results.samplesOf("lab-1", ["s-1", "s-2", "s-9"]);
    expect([...samples.keys()].toSorted()).toEqual(["s-1", "s-2"]);
    expect(samples.get("s-1")).toEqual(flowing.sample);
  });

  it(`${engine}: thousands of results in one call`, async () => {
    const { results } = await opened();
    const many = Array.from({ length: 5_000 }, (_, i) => revisionOf({ sample: { sampleId: `s-${i}` } }));
    await results.append(many);
    expect(await results.ofSeries("plant-a", "mdma")).toHaveLength(5_000);
    expect(await results.contested(many.map(({ identity }) => identity))).toEqual([]);
  });

  it(`${engine}: a dead letter keeps its bytes and is kept once a place in the log`, async () => {
    const { deadLetters } = await opened();
    const value = Uint8Array.of(0, 255, 123, 39);
    const refusal = { code: "json_invalid", where: {}, found: "{'", expected: "JSON", mend: "mend" };
    const letter = {
      topic: "t",
      partition: 1,
      offset: "9",
      item: "",
      headers: { a: "é" },
      value,
      refusals: [refusal],
      arrivedAt: AT,
    };
    await deadLetters.add([letter, { ...letter, item: "[1]" }]);
    await deadLetters.add([letter]);
    const kept = await deadLetters.list({ limit: 10, code: "json_invalid" });
    expect(kept).toHaveLength(2);
    expect(Buffer.from(kept[0]?.value as string, "base64")).toEqual(Buffer.from(value));
    await deadLetters.setState(kept[0]?.deadLetterId as string, "replayed");
    expect(await deadLetters.countOpen()).toEqual({ json_invalid: 1 });
  });

  it(`${engine}: recomputing anomalies raises, changes and retracts, and keeps what people decided`, async () => {
    const { anomalies } = await opened();
    const [a, b] = [anomalyOf("2026-05-04"), anomalyOf("2026-05-09")];
    expect((await anomalies.replace("plant-a", "mdma", [a, b], AT)).raised).toEqual([a, b]);
    expect(await anomalies.replace("plant-a", "mdma", [a, b], AT)).toEqual({ raised: [], changed: [], retracted: [] });
    await anomalies.setState(a.anomalyId, "dismissed", AT);
    const changed = await anomalies.replace("plant-a", "mdma", [{ ...a, score: 5 }], LATER);
    expect(changed.changed).toEqual([{ ...a, score: 5, state: "dismissed" }]);
    expect(changed.retracted).toEqual([{ ...b, state: "retracted" }]);
    expect((await anomalies.replace("plant-a", "mdma", [{ ...a, score: 5 }, b], LATER)).raised).toEqual([b]);
    expect(await anomalies.countOpen("2026-05-05")).toEqual({ "plant-a": 1 });
    const { anomalyId, siteId, analyte, start, end } = b;
    expect(await anomalies.standing()).toEqual([{ anomalyId, siteId, analyte, start, end }]);
    expect([await anomalies.standing("mdma"), await anomalies.standing("ketamine")]).toMatchObject([[{ anomalyId }], []]);
    expect((await anomalies.list({ limit: 1, after: { endDay: "2026-05-09", anomalyId: b.anomalyId } }))[0]?.anomalyId).toBe(
      a.anomalyId,
    );
  });

  it(`${engine}: leads are listed by last change, page by page`, async () => {
    const { leads } = await opened();
    await leads.save(leadOf("l-1"));
    await leads.save(leadOf("l-2", { updatedAt: LATER, region: "West" }));
    expect((await leads.list({ limit: 1 })).map(({ leadId }) => leadId)).toEqual(["l-2"]);
    expect((await leads.list({ limit: 9, after: { updatedAt: LATER, leadId: "l-2" } })).map(({ leadId }) => leadId)).toEqual([
      "l-1",
    ]);
    expect((await leads.list({ limit: 9, region: "West" })).map(({ leadId }) => leadId)).toEqual(["l-2"]);
    expect(await leads.ofSeries("plant-a", "mdma")).toHaveLength(2);
  });

  it(`${engine}: what a chain holds already is not appended again, by writers at once either`, async () => {
    const { chains } = await opened();
    const entries = ["a", "b", "a"].map((note) => ({ at: AT, actor: "a", action: "x", subject: "s", content: { note } }));
    const added = await Promise.all(Array.from({ length: 8 }, () => chains.appendMissing("custody:l/s", entries)));
    expect(added.flat()).toEqual(await chains.list("custody:l/s"));
    expect(added.flat().map(({ seq, content }) => [seq, content])).toEqual([
      [1, { note: "a" }],
      [2, { note: "b" }],
    ]);
    expect(await chains.verify("custody:l/s")).toBeNull();
  });

  it(`${engine}: a chain is whole, in order, and shared by writers at once`, async () => {
    const { chains } = await opened();
    const entry = { at: AT, actor: "a", action: "x", subject: "s", content: { b: 1, a: [null, "é"] } };
    await Promise.all(Array.from({ length: 20 }, () => chains.append("audit", entry)));
    const kept = await chains.list("audit");
    expect(kept.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await chains.verify("audit")).toBeNull();
    expect(await chains.list("audit", { after: 18 })).toHaveLength(2);
  });

  it(`${engine}: what a failing transaction did is undone`, async () => {
    const records = await opened();
    const failing = records.transaction(async (inside) => {
      await inside.sites.save(site, AT);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await records.sites.list()).toEqual([]);
  });
}
