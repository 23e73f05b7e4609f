import { expect, it } from "vitest";
import { type Upload, upload as uploadSchema } from "../../../schemas/upload.ts";
import type { Records } from "../../../store/records/records.ts";
import { AT } from "./nouns.ts";
import { openedBy } from "./opening.ts";

const LATER = "2026-05-06T09:00:00.000Z";

/** What every engine promises of uploads, receipts and mappings. */
export function uploadsContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);

  it(`${engine}: a receipt is kept as first written, and an older one is filled in`, async () => {
    const { uploads, receipts } = await opened();
    const older = {
      uploadId: "u-1",
      labId: "lab-1",
      actor: "a",
      receivedAt: AT,
      sha256: "ab",
      fileName: null,
      samples: ["s-1"],
      counts: { samples: 1, results: 1, rejected: 0, warnings: 0 },
    };
    const upload = uploadSchema.parse(older);
    await uploads.save(older as Upload);
    expect(await uploads.save({ ...upload, sha256: "cd" })).toEqual(upload);
    expect(await uploads.list({ labId: "lab-2", limit: 5 })).toEqual([]);
    expect(await uploads.list({ limit: 5 })).toEqual([upload]);
    await receipts.claim({ uploadId: "u-1", content: "{}", hash: "h", claimedAt: AT, publishedAt: null }, []);
    expect(await uploads.list({ limit: 5 })).toEqual([]); // no receipt for what the log does not hold
    await receipts.published("u-1", LATER);
    expect(await uploads.list({ limit: 5 })).toEqual([upload]);
  });

  const sent = (uploadId: string, contentHash = "c-1") => ({
    uploadId,
    identity: "i-1",
    contentHash,
    labId: "lab-1",
    sampleId: "s-1",
    analyte: "mdma",
    method: "m-1",
    replicate: 1,
    state: "new" as const,
  });
  const kept = (uploadId: string, claimedAt = AT) => ({ uploadId, content: "{}", hash: "h", claimedAt, publishedAt: null });

  it(`${engine}: what an upload claims is seen by those who come after, unless it never got to the log`, async () => {
    const { receipts } = await opened();
    await receipts.claim(kept("u-1"), [sent("u-1")]);
    await receipts.claim(kept("u-2", LATER), [sent("u-2", "c-2")]);
    const under = async (since: string) => (await receipts.sentUnder(["i-1", "i-2"], since)).map(({ uploadId }) => uploadId);
    expect(await under("2000-01-01T00:00:00.000Z")).toEqual(["u-1", "u-2"]);
    expect(await under(AT)).toEqual(["u-2"]);
    await receipts.published("u-1", LATER);
    await receipts.published("u-1", "2099-01-01T00:00:00.000Z"); // the first time stands
    expect(await under(AT)).toEqual(["u-1", "u-2"]);
    expect(await receipts.find("u-1")).toEqual({ ...kept("u-1"), publishedAt: LATER });
    expect(await receipts.resultsOf("u-2")).toEqual([sent("u-2", "c-2")]);
  });

  it(`${engine}: two that lock a laboratory go one after the other`, async () => {
    const records = await opened();
    const turns: string[] = [];
    const turn = (name: string) =>
      records.transaction(async (inside) => {
        await inside.receipts.lock(["lab-1", "lab-2"]);
        turns.push(`${name} in`);
        await inside.receipts.sentUnder(["i-1"], AT);
        turns.push(`${name} out`);
      });
    await Promise.all([turn("a"), turn("b"), turn("c")]);
    for (let i = 0; i < turns.length; i += 2) expect(turns[i + 1]).toBe(turns[i]!.replace("in", "out"));
  });

  it(`${engine}: a mapping is remembered by laboratory and header, the last one counts`, async () => {
    const { mappings } = await opened();
    const mapping = (text: string, labId = "lab-1") => ({
      labId,
      fingerprint: "f-1",
      mapping: { columns: { Menge: text } },
      actor: "a",
      updatedAt: AT,
    });
    await mappings.save(mapping("value"));
    await mappings.save(mapping("lod"));
    await mappings.save(mapping("loq", "lab-2"));
    expect(await mappings.list("lab-1")).toEqual([mapping("lod")]);
    expect(await mappings.remove("lab-1", "f-1")).toBe(true);
    expect(await mappings.remove("lab-1", "f-1")).toBe(false);
    expect(await mappings.list("lab-2")).toHaveLength(1);
  });

  it(`${engine}: refused rows of a check go with time, those of a receipt stay`, async () => {
    const { rejectedFiles } = await opened();
    const file = (rejectedId: string) => ({
      rejectedId,
      labId: "lab-1",
      fileName: "may-rejected.csv",
      mediaType: "text/csv",
      bytes: new Uint8Array([0, 255, 10]),
    });
    await rejectedFiles.save(file("r-1"), AT);
    await rejectedFiles.save(file("r-2"), AT);
    await rejectedFiles.save(file("r-2"), null);
    await rejectedFiles.save(file("r-2"), AT);
    await rejectedFiles.prune(LATER);
    expect(await rejectedFiles.find("r-1")).toBeUndefined();
    const found = await rejectedFiles.find("r-2");
    expect({ ...found, bytes: new Uint8Array(found!.bytes) }).toEqual(file("r-2"));
  });
}
