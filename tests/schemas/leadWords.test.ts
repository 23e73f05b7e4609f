import { describe, expect, it } from "vitest";
import { type LeadNote, leadNote, type SampleReason, sampleReason } from "../../schemas/leadNotes.ts";
import { wordNote, wordReason } from "../../schemas/leadWords.ts";
import type { NetworkCheck } from "../../schemas/network.ts";

const check: NetworkCheck = {
  code: "length_missing",
  count: 7,
  examples: ["n1"],
  found: "pipes without a length",
  assumed: "50 m each",
} as const;
const findings = [{ en: "seal B-9 at the laboratory, A-1 in the field", zh: "实验室封条B-9与现场封条A-1不符" }];
const NOTES: [LeadNote, en: string, zh: string][] = [
  [{ code: "baseline_hopeless", values: { factor: 2.44 } }, "by a factor of about 2.4: no place", "约2.4倍，无法指明地点"],
  [{ code: "baseline_uncertain", values: { factor: 1.75 } }, "a factor of about 1.8", "不确定度约1.8倍"],
  [{ code: "baseline_assumed", values: { baselineGD: 12.3456 } }, "12.3 g/d is assumed", "假定为12.3 g/d"],
  [
    { code: "several_sources", values: { sources: 2, probability: 0.998 } },
    "2 sources or more with > 99 %",
    "2处或更多排放源的概率为> 99 %",
  ],
  [
    { code: "rain", values: { days: ["2026-05-04", "2026-05-06"] } },
    "Rain on 2026-05-04, 2026-05-06",
    "2026-05-04、2026-05-06有降雨",
  ],
  [{ code: "network", values: check }, "7 pipes without a length; assumed: 50 m each", "7条管段无长度"],
  [
    { code: "custody_broken", values: { sampleId: "S-1", day: "2026-05-05", findings } },
    "Custody of S-1, 2026-05-05: seal B-9",
    "样品S-1（2026-05-05）监管链：实验室封条B-9",
  ],
  [
    { code: "custody_broken", values: { sampleId: null, day: "2026-05-05", findings: [] } },
    "Custody of a sample, 2026-05-05: it does not fit.",
    "样品（2026-05-05）监管链：不符",
  ],
  [
    { code: "samples_unplaced", values: { samples: 1, siteIds: ["mh-a"] } },
    "1 sample is not weighed: this version of the network has no manhole for mh-a.",
    "1个样品未计入：当前管网版本中无对应窨井（点位mh-a）。",
  ],
  [
    { code: "samples_unplaced", values: { samples: 2, siteIds: [] } },
    "2 samples are not weighed: this version of the network has no manhole for their sites.",
    "2个样品未计入：当前管网版本中无对应窨井。",
  ],
  [
    { code: "written", values: { text: "Rain on 2025-05-04: those samples count less." } },
    "Rain on 2025-05-04",
    "Rain on 2025-05-04",
  ],
];
const REASONS: [SampleReason, en: string, zh: string][] = [
  [
    { code: "tells_most", values: { upstreamShare: 0.416, bits: 0.5 } },
    "A result here tells most: the source lies upstream with 42 %.",
    "上游的概率为42 %",
  ],
  [{ code: "tells_most_beside", values: { upstreamShare: 0.001, bits: 0.5 } }, "upstream with < 1 %.", "除以上各点外"],
  [{ code: "confirms_below", values: {} }, "must be found here", "应检出"],
  [{ code: "confirms_above", values: {} }, "must not be found here", "应不检出"],
];

describe("what is said of a lead", () => {
  it.each(NOTES)("note %o", (note, en, zh) => {
    expect(leadNote.parse(note)).toEqual(note);
    expect(wordNote(note).en).toContain(en);
    expect(wordNote(note).zh).toContain(zh);
  });

  it.each(REASONS)("reason %o", (reason, en, zh) => {
    expect(sampleReason.parse(reason)).toEqual(reason);
    expect(wordReason(reason).en).toContain(en);
    expect(wordReason(reason).zh).toContain(zh);
  });
});
