import { onTestFinished } from "vitest";
import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedLog } from "../../store/log/embedded.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";

/** What an import command writes to, and how many reports it has published. */
export async function importStores() {
  const file = openEmbeddedFile(":memory:");
  const [log, records] = [openEmbeddedLog(file), await openEmbeddedRecords(file)];
  onTestFinished(async () => {
    await log.close();
    await records.close();
  });
  const published = async () => (await log.lag("assay-reports", "nobody")).reduce((sum, { end }) => sum + Number(end), 0);
  return { log, records, published };
}
