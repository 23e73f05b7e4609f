import { openEmbeddedFile } from "../../store/embedded.ts";
import { openEmbeddedRecords } from "../../store/records/open.ts";
import type { Records } from "../../store/records/records.ts";

/** As `schemas/config.ts` has them. */
export const RULES = { peopleMin: 10_000, retentionDays: 730 };

export const LI = { keyId: "k-li", name: "Li Wei", organisation: "Police of A" };
export const WANG = { keyId: "k-wang", name: "Wang Fang", organisation: "Police of A" };

/** Records of their own for one test. */
export async function openLeads(): Promise<{ records: Records; close: () => Promise<void> }> {
  const file = openEmbeddedFile(":memory:");
  const records = await openEmbeddedRecords(file);
  const close = async () => {
    await records.close();
    await file.close();
  };
  return { records, close };
}
