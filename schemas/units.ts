import { z } from "zod";

/**
 * The closed table of units: UCUM code, dimension, and the factor to the dimension's base unit (the first of each group).
 * People have no unit in UCUM and are annotated {inh}. 1 US gallon = 3.785411784 L exactly (NIST SP 811, Appendix B.8).
 */
const TABLE = {
  "ng/L": { dimension: "massConcentration", factor: 1 },
  "pg/L": { dimension: "massConcentration", factor: 1e-3 },
  "ug/L": { dimension: "massConcentration", factor: 1e3 },
  "mg/L": { dimension: "massConcentration", factor: 1e6 },
  "g/L": { dimension: "massConcentration", factor: 1e9 },
  "pg/mL": { dimension: "massConcentration", factor: 1 },
  "ng/mL": { dimension: "massConcentration", factor: 1e3 },
  "ug/mL": { dimension: "massConcentration", factor: 1e6 },
  "g/m3": { dimension: "massConcentration", factor: 1e6 },
  "nmol/L": { dimension: "molarConcentration", factor: 1 },
  "umol/L": { dimension: "molarConcentration", factor: 1e3 },
  "g/d": { dimension: "massRate", factor: 1 },
  "mg/d": { dimension: "massRate", factor: 1e-3 },
  "kg/d": { dimension: "massRate", factor: 1e3 },
  "mg/d/(10*3.{inh})": { dimension: "massRatePerPerson", factor: 1 },
  "g/d/(10*6.{inh})": { dimension: "massRatePerPerson", factor: 1 },
  "g/d/(10*3.{inh})": { dimension: "massRatePerPerson", factor: 1e3 },
  "ug/d/{inh}": { dimension: "massRatePerPerson", factor: 1 },
  "mg/d/{inh}": { dimension: "massRatePerPerson", factor: 1e3 },
  "g/d/{inh}": { dimension: "massRatePerPerson", factor: 1e6 },
  "{dose}/d": { dimension: "doseRate", factor: 1 },
  "{dose}/d/(10*3.{inh})": { dimension: "doseRatePerPerson", factor: 1 },
  "m3/d": { dimension: "flow", factor: 1 },
  "m3/h": { dimension: "flow", factor: 24 },
  "m3/s": { dimension: "flow", factor: 86_400 },
  "L/s": { dimension: "flow", factor: 86.4 },
  "L/min": { dimension: "flow", factor: 1.44 },
  "L/d": { dimension: "flow", factor: 1e-3 },
  "ML/d": { dimension: "flow", factor: 1e3 },
  "10*4.m3/d": { dimension: "flow", factor: 1e4 },
  "10*6.[gal_us]/d": { dimension: "flow", factor: 3785.411784 },
  "L/d/{inh}": { dimension: "flowPerPerson", factor: 1 },
  m: { dimension: "length", factor: 1 },
  cm: { dimension: "length", factor: 1e-2 },
  mm: { dimension: "length", factor: 1e-3 },
  km: { dimension: "length", factor: 1e3 },
  "mm/h": { dimension: "rainIntensity", factor: 1 },
  "m/s": { dimension: "velocity", factor: 1 },
  Cel: { dimension: "temperature", factor: 1 },
  K: { dimension: "temperature", factor: 1, offset: -273.15 },
  "[degF]": { dimension: "temperature", factor: 5 / 9, offset: -160 / 9 },
  "[pH]": { dimension: "acidity", factor: 1 },
  "uS/cm": { dimension: "conductivity", factor: 1 },
  "mS/cm": { dimension: "conductivity", factor: 1e3 },
  "mS/m": { dimension: "conductivity", factor: 10 },
  "S/m": { dimension: "conductivity", factor: 1e4 },
  g: { dimension: "mass", factor: 1 },
  ng: { dimension: "mass", factor: 1e-9 },
  ug: { dimension: "mass", factor: 1e-6 },
  mg: { dimension: "mass", factor: 1e-3 },
  kg: { dimension: "mass", factor: 1e3 },
  L: { dimension: "volume", factor: 1 },
  uL: { dimension: "volume", factor: 1e-6 },
  mL: { dimension: "volume", factor: 1e-3 },
  m3: { dimension: "volume", factor: 1e3 },
  h: { dimension: "time", factor: 1 },
  s: { dimension: "time", factor: 1 / 3600 },
  min: { dimension: "time", factor: 1 / 60 },
  d: { dimension: "time", factor: 24 },
  "{inh}": { dimension: "people", factor: 1 },
  "10*3.{inh}": { dimension: "people", factor: 1e3 },
  "10*4.{inh}": { dimension: "people", factor: 1e4 },
  "{pulse}": { dimension: "pulses", factor: 1 },
  "1": { dimension: "ratio", factor: 1 },
  "%": { dimension: "ratio", factor: 1e-2 },
  "g/mol": { dimension: "molarMass", factor: 1 },
} as const satisfies Record<string, { dimension: string; factor: number; offset?: number }>;

export type UnitCode = keyof typeof TABLE;
export type Dimension = (typeof TABLE)[UnitCode]["dimension"];

/** Every unit the system stores or accepts, in table order. */
export const UNIT_CODES = Object.keys(TABLE) as [UnitCode, ...UnitCode[]];

export const unitCode = z.enum(UNIT_CODES);

export function isUnitCode(text: string): text is UnitCode {
  return Object.hasOwn(TABLE, text);
}

/** What the unit measures: values convert within a dimension and never between two. */
export function dimensionOf(unit: UnitCode): Dimension {
  return TABLE[unit].dimension;
}

/** The units of one dimension, its base unit first. */
export function unitsOf(dimension: Dimension): UnitCode[] {
  return UNIT_CODES.filter((code) => TABLE[code].dimension === dimension);
}

/**
 * The value in another unit of the same dimension; there and back agrees to 1e-12 relative.
 * @throws RangeError when the dimensions differ (nmol/L to ng/L needs a molar mass: see substances.ts).
 */
export function convert(value: number, from: UnitCode, to: UnitCode): number {
  if (from === to) return value;
  const source: { dimension: Dimension; factor: number; offset?: number } = TABLE[from];
  const target: { dimension: Dimension; factor: number; offset?: number } = TABLE[to];
  if (source.dimension !== target.dimension) {
    throw new RangeError(`${from} is a ${source.dimension} and ${to} a ${target.dimension}: one does not convert to the other`);
  }
  const base = value * source.factor + (source.offset ?? 0);
  return (base - (target.offset ?? 0)) / target.factor;
}

/** Words of labs and utilities, in English and Chinese, each rewritten to the token that UCUM has for it. Longer ones first. */
const WORDS: readonly [RegExp, string][] = [
  [/microsiemens/g, "us"],
  [/millisiemens/g, "ms"],
  [/nanograms?|纳克/g, "ng"],
  [/picograms?|皮克/g, "pg"],
  [/micrograms?|微克|mcg/g, "ug"],
  [/milligrams?|毫克/g, "mg"],
  [/kilograms?|千克|公斤/g, "kg"],
  [/grams?|克/g, "g"],
  [/millilit(?:re|er)s?|毫升/g, "ml"],
  [/megalit(?:re|er)s?|兆升/g, "megal"],
  [/lit(?:re|er)s?|升/g, "l"],
  [/cubicmet(?:re|er)s?|立方米/g, "m3"],
  [/毫米/g, "mm"],
  [/厘米/g, "cm"],
  [/千人/g, "1000inh"],
  [/万人/g, "10000inh"],
  [/百万人/g, "1000000inh"],
  [/onethousand|thousand/g, "1000"],
  [/onemillion|million/g, "1000000"],
  [/inhabitants?|inhab\.?|people|persons?|pers\.?|capita|\{inh\}|人/g, "inh"],
  [/pulses?|\{pulse\}|脉冲/g, "pulse"],
  [/\{doses?\}|doses?|剂/g, "dose"],
  [/每/g, "/"],
  [/days?|天|日/g, "d"],
  [/hours?|hrs?|小时/g, "h"],
  [/seconds?|secs?|秒/g, "s"],
  [/minutes?|分钟/g, "min"],
  [/万吨|万方/g, "10000m3"], // Chinese plants state sewage in 10^4 t, counted as 10^4 m3
  [/万/g, "10000"],
  [/米/g, "m"],
];

/** Spellings that are no quotient: matched whole, after the rewriting above. */
const WHOLE: Record<string, UnitCode> = {
  mgd: "10*6.[gal_us]/d",
  mld: "ML/d",
  cmd: "m3/d",
  lpcd: "L/d/{inh}",
  c: "Cel",
  "°c": "Cel",
  degc: "Cel",
  摄氏度: "Cel",
  "°f": "[degF]",
  degf: "[degF]",
  ph: "[pH]",
  phunits: "[pH]",
  gpdpermillion: "g/d/(10*6.{inh})",
};

/** Exact codes of PHES-ODM 2.2, whose case matters. */
const ODM: Record<string, UnitCode> = {
  mgL: "mg/L",
  ugL: "ug/L",
  ngL: "ng/L",
  gm3: "g/m3",
  nM: "nmol/L",
  µM: "umol/L",
  uM: "umol/L",
  m3D: "m3/d",
  m3H: "m3/h",
  m3S: "m3/s",
};

/** Numerator and sorted denominators: "mg/1000inh/day", "mg/(d·1000 inh)" and "mg d-1 1000inh-1" have one key. */
function quotientKey(text: string): string {
  let rest = text
    .normalize("NFKC")
    .replace(/[−–—]/g, "-")
    .replace(/[·⋅•∙×]/g, ".")
    .trim()
    .replace(/\s+per\s+/gi, "/")
    .replace(/(?<=^[munp]?g)\s?(?:N|P|O2)(?=\/)|\s(?:as\s)?(?:N|P|O2|NH[34]-N)$/, "") // "mg N/L", "mg/L as N": counted as the element
    .replace(/\s*\/\s*/g, "/")
    .replace(/\s+(?=[a-zA-Zμ\d]+\s*\^?-\d)/g, ".") // "ng L-1": a blank before a negative power multiplies
    .replace(/\s+/g, "")
    .toLowerCase()
    .replace(/μ/g, "u")
    .replace(/(\d),(?=\d{3})/g, "$1");
  for (const [word, token] of WORDS) rest = rest.replace(word, token);
  rest = rest
    .replace(/10[*^](\d)/g, (_, power: string) => `1${"0".repeat(Number(power))}`)
    .replace(/\^/g, "")
    .replace(/m\*\*3/g, "m3")
    .replace(/(1000+)\./g, "$1")
    .replace(/inh(?=d$|d[/)])/g, "inh."); // 毫克/千人天 runs the two together
  const numerators: string[] = [];
  const denominators: string[] = [];
  for (const [position, part] of rest.replace(/[()]/g, "").split("/").entries()) {
    for (const factor of part.split(".")) {
      const inverse = /^(.*?[a-z3])-([13])$/.exec(factor);
      if (inverse) denominators.push(inverse[2] === "3" ? `${inverse[1]}3` : inverse[1]!);
      else (position === 0 ? numerators : denominators).push(factor);
    }
  }
  // "mg/d/1000" and "g/10^6/d": a bare power of ten under a mass per day counts people
  const people = denominators.map((part) => (/^10+$/.test(part) && denominators.includes("d") ? `${part}inh` : part));
  return [numerators.join("."), ...people.toSorted()].join("/");
}

const BY_KEY = new Map<string, UnitCode>(UNIT_CODES.map((code) => [quotientKey(code), code]));
BY_KEY.set(quotientKey("10^6 gal/d"), "10*6.[gal_us]/d");
BY_KEY.set(quotientKey("1000000l/d"), "ML/d");
BY_KEY.set(quotientKey("megaL/d"), "ML/d");

/**
 * The unit a person or machine meant, whatever its spelling (NFKC, µ and μ, m³/d, ng·L-1, mg/1000inh/day, MGD, 万立方米/天),
 * or undefined. Never a guess: "ppb" depends on the density, "ml/d" may be either litre, and both are left to suggestUnit.
 */
export function parseUnit(text: string): UnitCode | undefined {
  const written = text.normalize("NFKC").trim();
  if (isUnitCode(written)) return written;
  if (Object.hasOwn(ODM, written)) return ODM[written];
  const bare = written.replace(/\s+/g, "");
  if (/^mg\/d(ay)?$/i.test(bare) && /^M/.test(bare)) return undefined; // "MG/D": milligrams or million gallons
  if (/^ml(\/d(ay)?)?$/i.test(bare)) {
    if (/^mL$|^ml$/.test(bare)) return "mL";
    return /^ML\/d(ay)?$/.test(bare) ? "ML/d" : undefined; // "ml/d", "ML": a factor of a billion apart
  }
  const whole = bare.toLowerCase();
  if (Object.hasOwn(WHOLE, whole)) return WHOLE[whole];
  return BY_KEY.get(quotientKey(written));
}

/** What is likely meant by a unit that has no exact meaning in water. */
const MEANT: Record<string, UnitCode> = {
  ppt: "ng/L",
  ppb: "ug/L",
  ppm: "mg/L",
  "ml/d": "ML/d",
  "mg/d": "mg/d",
  gpd: "10*6.[gal_us]/d",
  "t/d": "m3/d",
  "吨/天": "m3/d",
  "吨/日": "m3/d",
};

/** For an error's "did you mean": the closest unit to a text that parseUnit refused, or undefined when none is close. */
export function suggestUnit(text: string): UnitCode | undefined {
  const written = text.normalize("NFKC").replace(/\s+/g, "").toLowerCase();
  if (Object.hasOwn(MEANT, written)) return MEANT[written];
  const letters = (unit: string) => quotientKey(unit).replace(/[^a-z\d%°]/g, "");
  const wanted = letters(text);
  if (wanted === "") return undefined;
  const ranked = UNIT_CODES.map((code) => ({ code, distance: editDistance(wanted, letters(code)) })).toSorted(
    (a, b) => a.distance - b.distance,
  );
  const [first, second] = ranked;
  const far = wanted.length > 3 ? 2 : wanted.length > 2 ? 1 : 0;
  if (first!.distance > far || (first!.distance > 0 && first!.distance === second!.distance)) return undefined;
  return first!.code;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
