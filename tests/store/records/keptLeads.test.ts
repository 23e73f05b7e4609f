import { expect, it } from "vitest";
import { lead as leadSchema, posterior as posteriorSchema } from "../../../schemas/lead.ts";
import { type KeptLead, readLead, readPoint } from "../../../store/records/keptLeads.ts";
import { leadOf } from "./nouns.ts";

/** As the first program kept it: sentences in English, one source, no readings. */
function older(): KeptLead {
  const { posterior, ...lead } = leadOf("l-old");
  const { noSource, diffuse, outside, candidates, credible, massGD } = posteriorSchema.parse(posterior);
  const sample = { node: "A", day: "2026-05-05", loadGD: 3, censored: false, sampleId: null, logBayesFactor: 1 };
  return {
    ...lead,
    posterior: {
      ...{ noSource, diffuse, outside, candidates, credible, massGD },
      next: [
        { node: "A", bits: 0.4, reason: "tells most: the source lies upstream with 52 %" },
        { node: "B", bits: 0.2, reason: "tells most beside those above: the source lies upstream with 7 %" },
        { node: "C", bits: 0, reason: "confirms: the load must be found here, below all of the set" },
        { node: "D", bits: 0, reason: "confirms: the load must not be found here, just above the set" },
        { node: "E", bits: 0.1, reason: "splits the set" },
      ],
      evidence: [sample],
      warnings: ["Rain on 2026-05-04: those samples count less."],
    },
  };
}

it("a lead of an older program is read as one of today's: its sentences become codes, or stay as they were written", () => {
  const { posterior, ...lead } = readLead(older());
  expect(leadSchema.parse({ ...lead, posterior })).toEqual({ ...lead, posterior });
  expect(posterior?.next.map(({ because }) => because)).toEqual([
    { code: "tells_most", values: { upstreamShare: 0.52, bits: 0.4 } },
    { code: "tells_most_beside", values: { upstreamShare: 0.07, bits: 0.2 } },
    { code: "confirms_below", values: {} },
    { code: "confirms_above", values: {} },
    { code: "written", values: { text: "splits the set" } },
  ]);
  expect(posterior?.notes).toEqual([{ code: "written", values: { text: "Rain on 2026-05-04: those samples count less." } }]);
  expect(posterior).toMatchObject({ several: 0, baselineSdLn: null, confirmingPair: null });
  expect(posterior?.sources).toEqual([
    { candidates: posterior?.candidates, credible: posterior?.credible, massGD: posterior?.massGD },
  ]);
});

it("a lead of today's is read as it is", () => expect(readLead(leadOf("l"))).toEqual(leadOf("l")));

it("so is a point of an order, and a sentence in it", () => {
  const place = { node: "A", siteId: "mh-a", sampleId: "S-1", container: "glass", latitude: null, longitude: null };
  const at = "2026-05-05T08:00:00Z";
  const point = { ...place, start: at, end: at, earliest: at, latest: at, returned: null, returnedAt: null };
  expect(readPoint({ ...point, reason: "" })).toEqual({ ...point, because: null });
  expect(readPoint({ ...point, reason: "tells most: the source lies upstream with 9 %" }).because).toEqual({
    code: "tells_most",
    values: { upstreamShare: 0.09, bits: null },
  });
});
