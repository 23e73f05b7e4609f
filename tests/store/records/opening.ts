import { onTestFinished } from "vitest";
import type { Records } from "../../../store/records/records.ts";

/** Records of an engine for one test, closed when it ends. */
export const openedBy = (open: () => Promise<Records>) => async (): Promise<Records> => {
  const records = await open();
  onTestFinished(() => records.close());
  return records;
};
