import { expect, it } from "vitest";
import { filterOf, shownOf } from "../../dashboard/pages/queue.ts";
import { anomalyOf } from "../store/records/nouns.ts";

const at = "2026-05-06T08:00:00.000Z";
const found = [
  anomalyOf("2026-05-01", { ratio: 9, score: 2 }),
  anomalyOf("2026-05-02", {
    ratio: 3,
    score: 8,
    verdict: { source: "disposal", probabilities: { disposal: 1 }, evidence: [] } as never,
  }),
  anomalyOf("2026-05-03", { ratio: 2, score: 4 }),
];
const snoozes = new Map([
  ["anomaly-2026-05-03", { anomalyId: "anomaly-2026-05-03", until: "2026-05-20", reason: "r", actor: "a", at }],
]);
const days = (query: Record<string, string>) => shownOf(found, snoozes, query).map(({ start }) => start);

it("what is put off is out of the queue, and in its own", () => {
  expect(days({})).toEqual(["2026-05-02", "2026-05-01"]);
  expect(days({ state: "snoozed" })).toEqual(["2026-05-03"]);
  expect(days({ state: "any" })).toHaveLength(3);
});

it("is ordered as asked for, and filtered by cause and ratio", () => {
  expect(days({ sort: "ratio" })).toEqual(["2026-05-01", "2026-05-02"]);
  expect(days({ sort: "evidence", state: "any" })).toEqual(["2026-05-02", "2026-05-03", "2026-05-01"]);
  expect(days({ verdict: "disposal" })).toEqual(["2026-05-02"]);
  expect(days({ verdict: "undetermined" })).toEqual(["2026-05-01"]);
  expect(days({ ratio: "5" })).toEqual(["2026-05-01"]);
});

it("the server is asked for what it can filter", () => {
  expect(filterOf({}, new Date(at))).toEqual({ state: "open" });
  expect(filterOf({ state: "snoozed", days: "14", site: "plant-a" }, new Date(at))).toEqual({
    since: "2026-04-22",
    siteId: "plant-a",
  });
});
