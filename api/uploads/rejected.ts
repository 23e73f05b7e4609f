import type { Upload } from "../../schemas/upload.ts";
import { canonicalJson, derivedId } from "../../store/records/hash.ts";
import type { Records } from "../../store/records/records.ts";
import type { ReadUpload } from "./readUpload.ts";

/**
 * Keeps the file of rejected rows where it can be had, the same file for the same content.
 * @param keptUntil null: as long as the receipt that leads to it
 */
export async function keepRejected(
  { rejectedFiles }: Pick<Records, "rejectedFiles">,
  labId: string,
  { rejected, fileName, sha256, mapping }: ReadUpload,
  keptUntil: string | null,
): Promise<Upload["rejectedRows"]> {
  if (!rejected) return null;
  const { bytes, rows, leftOut, mediaType, extension } = rejected;
  const rejectedId = derivedId("rejected", labId, sha256, canonicalJson(mapping));
  const name = `${(fileName ?? "reports").replace(/\.[^.]*$/, "")}-rejected.${extension}`;
  await rejectedFiles.save({ rejectedId, labId, fileName: name, mediaType, bytes }, keptUntil);
  return { href: `/api/v1/uploads/rejected-rows/${rejectedId}`, fileName: name, rows, leftOut };
}
