import fc from "fast-check";
import { expect, it } from "vitest";
import { currentRevision, type ResultRevision } from "../../../store/records/revisions.ts";

const revision = (orderKey: string, contentHash: string, reason?: string): ResultRevision => ({
  identity: "i",
  contentHash,
  sampleHash: "s",
  orderKey,
  sample: { sampleId: "s", siteId: "p", mode: "grab", start: "2026-05-04T08:00:00Z", end: "2026-05-04T08:00:00Z" },
  result: { analyte: "mdma", quantity: "concentration", value: 1, unit: "ng/L", censoring: "none", method: "m", replicate: 1 },
  origin: {
    labId: "l",
    uploadId: orderKey,
    reportedAt: "2026-05-06T08:00:00Z",
    revision: reason ? { reason } : null,
    topic: "assay-reports",
    partition: 0,
    offset: "0",
  },
  receivedAt: "2026-05-06T08:00:00Z",
});

it("a later content counts only with a reason; without one it is held", () => {
  const original = revision("1", "a");
  const unexplained = revision("2", "b");
  expect(currentRevision([original, unexplained])).toEqual({ current: original, held: [unexplained] });
  const explained = revision("3", "c", "recalculation");
  expect(currentRevision([original, unexplained, explained]).current).toBe(explained);
});

it("a correction back to the first content counts", () => {
  const back = revision("3", "a", "other");
  expect(currentRevision([revision("1", "a"), revision("2", "b", "recalculation"), back]).current).toBe(back);
});

it("the order of arrival does not matter", () => {
  const arrivals = fc
    .uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 })
    .chain((keys) =>
      fc.tuple(
        fc.constant(keys),
        fc.array(fc.boolean(), { minLength: keys.length, maxLength: keys.length }),
        fc.infiniteStream(fc.double()),
      ),
    );
  fc.assert(
    fc.property(arrivals, ([keys, explained, order]) => {
      const inOrder = keys.map((key, i) =>
        revision(String(key).padStart(3, "0"), `h${key % 3}`, explained[i] ? "other" : undefined),
      );
      const shuffled = inOrder
        .map((r) => ({ r, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ r }) => r);
      expect(currentRevision(shuffled).current).toEqual(currentRevision(inOrder).current);
    }),
  );
});
