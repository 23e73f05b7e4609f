import { addDays } from "../../../schemas/days.ts";

/** The report of one plant's composite of a day, eight to eight UTC. */
export const compositeReport = (
  siteId: string,
  day: string,
  flowM3D: number,
  results: object[],
  reportedAt = `${day}T20:00:00Z`,
) => ({
  labId: "lab-1",
  uploadId: `u-${siteId}-${day}`,
  reportedAt,
  sample: {
    sampleId: `s-${siteId}-${day}`,
    siteId,
    mode: "flowProportional",
    start: `${day}T08:00:00Z`,
    end: `${addDays(day, 1)}T08:00:00Z`,
    flowM3D,
  },
  results,
});
