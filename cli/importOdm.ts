import { basename } from "node:path";
import { checkFile } from "../ingest/files/checkFile.ts";
import { publishAll, reportMessage } from "../ingest/publish.ts";
import type { Refusal } from "../schemas/refusal.ts";
import { bytesOf } from "./inputFile.ts";
import type { Stores } from "./stores.ts";

export interface OdmImport {
  reports: number;
  values: number;
  refusals: readonly Refusal[];
}

/**
 * Publishes the drugs of a PHES-ODM table `measures` as reports of the laboratory; the sites must be on record.
 * @param samplesFile the table `samples`, where it is not a sheet of the same workbook
 * @returns null for any other file
 */
export async function importOdm(
  { log, records }: Pick<Stores, "log" | "records">,
  file: string,
  { labId, samplesFile }: { labId: string; samplesFile?: string | undefined },
): Promise<OdmImport | null> {
  const of = {
    labId,
    uploadId: `odm-${basename(file).replaceAll(/[^\p{L}\p{N}._-]/gu, "-")}`.slice(0, 64),
    sites: await records.sites.list(),
  };
  const listed =
    samplesFile === undefined
      ? undefined
      : await checkFile(bytesOf(samplesFile), { ...of, fileName: samplesFile, isSampleList: true });
  const { format, reports, problems } = await checkFile(bytesOf(file), {
    ...of,
    fileName: file,
    sampleOf: (sampleId) => listed?.samples.get(sampleId),
  });
  if (format !== "odmMeasures") return null;
  await publishAll(log, "assay-reports", reports.map(reportMessage));
  const refusals = [...(listed?.problems ?? []), ...problems].filter(({ severity }) => severity === "error");
  return { reports: reports.length, values: reports.reduce((sum, { results }) => sum + results.length, 0), refusals };
}
