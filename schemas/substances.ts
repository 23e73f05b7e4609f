import { z } from "zod";
import reference from "./reference/substances.json" with { type: "json" };

export const substanceRole = z.enum([
  "parent",
  "metabolite",
  "population-marker",
  "precursor",
  "pre-precursor",
  "route-marker",
  "by-product",
]);

/** In-sewer stability: what a transit of hours does. "unknown" is a statement too: no study was found. */
export const stabilityClass = z.enum(["high", "moderate", "low", "unknown"]);

export const substance = z.strictObject({
  /** Lower-case kebab, permanent. */
  id: z.string().regex(/^[a-z\d]+(-[a-z\d]+)*$/),
  names: z.strictObject({ en: z.string().min(1), zh: z.string().min(1) }),
  synonyms: z.array(z.string().min(1)),
  /** Null where no registry number was verified. */
  cas: z
    .string()
    .regex(/^\d{2,7}-\d{2}-\d$/)
    .nullable(),
  /** Free base; null for a sum parameter (BOD, COD …). */
  formula: z.string().nullable(),
  role: substanceRole,
  group: z.string(),
  stability: stabilityClass,
  /** The drug this is a residue, marker or precursor of. */
  parent: z.string().nullable(),
  /** Formed in the human body only: found in sewage, it was consumed. */
  humanOnly: z.boolean(),
  /** A notable part sticks to solids: a load of the dissolved part alone is too low. */
  sorbs: z.boolean(),
  /** g/mol, computed from the formula; null for a sum parameter. */
  molarMassGMol: z.number().positive().nullable(),
});
export type Substance = z.infer<typeof substance>;

const ATOMIC_WEIGHTS: Record<string, number> = reference.atomicWeights.values;

/**
 * Molar mass in g/mol of a plain formula such as C17H21NO4, with the IUPAC weights of reference/substances.json.
 * @throws RangeError on an element the table lacks or a formula with anything but elements and counts.
 */
export function molarMass(formula: string): number {
  if (!/^([A-Z][a-z]?\d*)+$/.test(formula)) throw new RangeError(`not a plain formula: ${formula}`);
  let total = 0;
  for (const [, element, count] of formula.matchAll(/([A-Z][a-z]?)(\d*)/g)) {
    const weight = ATOMIC_WEIGHTS[element!];
    if (weight === undefined) throw new RangeError(`no atomic weight for ${element} in ${formula}`);
    total += weight * (count ? Number(count) : 1);
  }
  return total;
}

/** Every substance of the registry, parsed at load. */
export const substances: readonly Substance[] = reference.substances.map((entry) =>
  substance.parse({ ...entry, molarMassGMol: entry.formula === null ? null : molarMass(entry.formula) }),
);

const BY_ID = new Map(substances.map((entry) => [entry.id, entry]));

export const analyteId = z.string().refine((id) => BY_ID.has(id), { error: "not a substance of the registry" });

export function findSubstance(id: string): Substance | undefined {
  return BY_ID.get(id);
}

/** Case, width, blanks, punctuation and Greek letters do not tell substances apart; letters, digits and Chinese do. */
function nameKey(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/α/g, "alpha")
    .replace(/β/g, "beta")
    .replace(/[δ∆]/g, "delta")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

const BY_NAME = indexNames();

/** A name that two substances share stands for neither. */
function indexNames(): Map<string, string | undefined> {
  const index = new Map<string, string | undefined>();
  for (const { id, names, synonyms, cas } of substances) {
    for (const key of new Set([id, names.en, names.zh, ...synonyms, ...(cas ? [cas] : [])].map(nameKey))) {
      index.set(key, index.has(key) ? undefined : id);
    }
  }
  return index;
}

/**
 * The id of the substance a header or cell names: an id, an English or Chinese name, a synonym or a CAS number, whatever its
 * case, width and punctuation. Undefined when unknown or when two substances answer to it: never a guess.
 */
export function resolveAnalyte(text: string): string | undefined {
  return BY_NAME.get(nameKey(text));
}

/**
 * ng/L of a substance from nmol/L.
 * @throws RangeError for an unknown id or a sum parameter, which has no molar mass.
 */
export function massConcentrationNgL(nmolL: number, id: string): number {
  const mass = BY_ID.get(id)?.molarMassGMol;
  if (mass == null) throw new RangeError(`${id} has no molar mass`);
  return nmolL * mass;
}
