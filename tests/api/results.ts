import { type AssayResult, assayResult } from "../../schemas/assay.ts";
import { type Sample, sample } from "../../schemas/sample.ts";
import { contentHashOf, identityOf, sampleHashOf } from "../../store/records/results.ts";
import { AT } from "../store/records/nouns.ts";
import { LAB, type World } from "./world.ts";

/** Puts a result on record as ingest would, of plant-a where nothing else is said; its identity. */
export async function storeResult(
  { records }: Pick<World, "records">,
  of: Partial<Sample> = {},
  result: Partial<Record<keyof AssayResult, unknown>> = {},
  labId = LAB,
): Promise<string> {
  const taken = sample.parse({
    sampleId: "s-1",
    siteId: "plant-a",
    mode: "flowProportional",
    start: "2026-05-04T08:00:00+08:00",
    end: "2026-05-05T08:00:00+08:00",
    flowM3D: 25_000,
    ...of,
  });
  const parsed = assayResult.parse({ analyte: "mdma", value: 12.5, unit: "ng/L", method: "m-1", ...result });
  const sampleHash = sampleHashOf(labId, taken);
  const identity = identityOf(labId, taken.sampleId, parsed);
  await records.results.append([
    {
      identity,
      contentHash: contentHashOf(sampleHash, parsed),
      sampleHash,
      orderKey: `${AT}/u`,
      sample: taken,
      result: parsed,
      origin: { labId, uploadId: "u", reportedAt: AT, revision: null, topic: "assay-reports", partition: 0, offset: "1" },
      receivedAt: AT,
    },
  ]);
  return identity;
}
