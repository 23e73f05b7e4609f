import { z } from "zod";
import { networkId, siteId } from "./identifiers.ts";
import { analyteId } from "./substances.ts";

export const SITE_KINDS = ["wwtp", "pumpingStation", "manhole", "institution", "compound"] as const;

const timeZone = z.string().refine(isTimeZone, "an IANA time zone such as Asia/Shanghai");

const rateAt = z.strictObject({ cel: z.number().min(0).max(60), ratePerH: z.number().positive() });
const lossRate = z.union([
  z.number().nonnegative(),
  z.tuple([rateAt, rateAt]).refine(([one, other]) => one.cel !== other.cel, "rates at two different temperatures"),
]);

/** A place where sewage is sampled or measured. */
export const site = z.strictObject({
  siteId,
  name: z.string().min(1).max(200),
  nameZh: z.string().min(1).max(200).optional(),
  kind: z.enum(SITE_KINDS),
  /** The plant that this place drains to. */
  parentSiteId: siteId.optional(),
  /** Its node in a sewer network. A plant's node is the outfall. */
  networkNode: z.strictObject({ networkId, nodeId: z.string().min(1) }).optional(),
  country: z.string().length(2).optional(),
  region: z.string().max(100).optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  timeZone,
  /** People connected upstream, with where the number comes from. */
  population: z.strictObject({ people: z.number().positive(), source: z.string(), year: z.int() }).optional(),
  /** Other counts of them, shown beside it. */
  populations: z
    .array(
      z.strictObject({ method: z.enum(["census", "designCapacity"]), people: z.number().positive(), source: z.string().min(1) }),
    )
    .max(10)
    .optional(),
  /** What people here add to the sewage, for counting them by cotinine and caffeine. */
  habits: z
    .strictObject({
      cigarettesPersonDay: z.number().positive().optional(),
      caffeineMgPersonDay: z.number().positive().optional(),
      domesticShare: z.number().positive().max(1).optional(),
    })
    .optional(),
  /** Loads of a residue that medicine and other licit sources explain, g/d, with their relative standard uncertainty. */
  licitLoads: z
    .array(
      z.strictObject({
        analyte: analyteId,
        loadGD: z.number().nonnegative(),
        cv: z.number().positive(),
        source: z.string().min(1),
      }),
    )
    .max(100)
    .optional(),
  /**
   * First-order loss of a residue in this sewer, 1/h, or its rates at two temperatures of the sewage, which then must be measured. Used
   * only by a profile that corrects for it.
   */
  lossPerH: z.partialRecord(analyteId, lossRate).optional(),
  /** Residues that form in the sewer from another one on the way, and how much of it becomes them, by mass. */
  formedFrom: z
    .partialRecord(analyteId, z.strictObject({ parent: analyteId, yieldShare: z.number().positive().max(2) }))
    .refine(
      (formed) => Object.entries(formed).every(([residue, one]) => one?.parent !== residue),
      "another residue as the parent",
    )
    .optional(),
  designFlowM3D: z.number().positive().optional(),
  residenceTimeH: z.number().nonnegative().optional(),
  combinedSewer: z.boolean().optional(),
  /** Data taken over from elsewhere: shown with its source, never traced back. */
  source: z.string().optional(),
});
export type Site = z.infer<typeof site>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
