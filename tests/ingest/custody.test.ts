import { afterEach, beforeEach, expect, it } from "vitest";
import { reportMessage } from "../../ingest/publish.ts";
import { saveBatch } from "../../ingest/save.ts";
import { sortMessages } from "../../ingest/sort.ts";
import type { AssayReport } from "../../schemas/assay.ts";
import type { CustodyEvent } from "../../schemas/sample.ts";
import type { Site } from "../../schemas/site.ts";
import { type EmbeddedFile, openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedLog } from "../../store/log/embedded.ts";
import { custodyChain } from "../../store/records/custody.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";
import type { Records } from "../../store/records/records.ts";
import { openEmbeddedSeries } from "../../store/series/embedded.ts";

const NOW = "2026-05-06T08:00:00.000Z";
const plant: Site = { siteId: "plant-a", name: "A", kind: "wwtp", timeZone: "UTC" };
const collected: CustodyEvent = { time: "2026-05-05T08:00:00Z", action: "collected", by: "Wang", seal: "S-1" };
const received: CustodyEvent = { time: "2026-05-05T11:00:00Z", action: "received", by: "Li", temperatureCel: 4 };

let file: EmbeddedFile;
let records: Records;
let receive: (...reports: AssayReport[]) => Promise<void>;
beforeEach(async () => {
  file = openEmbeddedFile(":memory:");
  const [log, series] = [openEmbeddedLog(file), openEmbeddedSeries(file)];
  records = await openEmbeddedRecords(file);
  let offset = 0n;
  receive = async (...reports) => {
    const messages = reports.map((report) => {
      const { key, value, headers = {} } = reportMessage(report);
      const place = { topic: "assay-reports", partition: 0, offset: offset++ } as const;
      return { ...place, key: Buffer.from(key), value: Buffer.from(value), headers, timestampMs: Date.parse(NOW) };
    });
    const sorted = sortMessages(messages, new Set([plant.siteId]), NOW);
    expect(sorted.deadLetters).toEqual([]);
    await saveBatch({ log, series, records }, sorted, new Map([[plant.siteId, plant]]));
  };
});
afterEach(async () => {
  await records.close();
  await file.close();
});

/** A report of two results, so that one sample comes as two facts. */
const report = (custody: CustodyEvent[], change: { labId?: string; sampleId?: string } = {}): AssayReport => {
  const { labId = "lab-1", sampleId = "s-1" } = change;
  const [start, end] = ["2026-05-04T08:00:00Z", "2026-05-05T08:00:00Z"];
  const result = { quantity: "concentration", unit: "ng/L", censoring: "none", method: "m-1", replicate: 1 } as const;
  return {
    labId,
    uploadId: "u-1",
    reportedAt: NOW,
    sample: { sampleId, siteId: plant.siteId, mode: "timeProportional", start, end, custody },
    results: [
      { ...result, analyte: "mdma", value: 12.5 },
      { ...result, analyte: "cocaine", value: 40 },
    ],
  };
};
const chainOf = async (labId = "lab-1", sampleId = "s-1") => {
  const chain = custodyChain(labId, sampleId);
  expect(await records.chains.verify(chain)).toBeNull();
  return (await records.chains.list(chain)).map(({ seq, at, actor, action }) => `${seq} ${at} ${actor} ${action}`);
};
const COLLECTED = "1 2026-05-05T08:00:00.000Z Wang collected";
const RECEIVED = "2 2026-05-05T11:00:00.000Z Li received";

it("hand-overs that come through Kafka are in the sample's chain, each once, however often they come", async () => {
  await receive(report([collected]));
  expect(await chainOf()).toEqual([COLLECTED]);
  await receive(report([collected]), report([collected, received]), report([collected, received]));
  await receive(report([collected, received]));
  expect(await chainOf()).toEqual([COLLECTED, RECEIVED]);
});

it("samples of two laboratories, or of two names, have chains of their own", async () => {
  await receive(report([collected]), report([collected], { labId: "lab-2" }), report([received], { sampleId: "s-2" }));
  expect(await chainOf()).toEqual([COLLECTED]);
  expect(await chainOf("lab-2")).toEqual([COLLECTED]);
  expect(await chainOf("lab-1", "s-2")).toEqual([RECEIVED.replace("2", "1")]);
});
