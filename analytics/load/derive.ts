import { type ExcretionFactor, factorById, type StandardDose } from "../../schemas/factors.ts";
import { SHIPPED_METHODS } from "../../schemas/methods.ts";
import { type MethodProfile, profileKey, UNCERTAINTY_PARTS, type UncertaintyPart } from "../../schemas/profiles.ts";
import type { QualityFlag } from "../../schemas/qualityRules.ts";
import { findSubstance, type Substance } from "../../schemas/substances.ts";
import { normalQuantile } from "../distributions/normal.ts";
import { switchesOf } from "../quality/rules.ts";
import { amountOf, type Flowing, logSds, netLogSds, plus, type Variance } from "./amounts.ts";
import type { Absence, Amount, DerivationNote, DerivedValue, Provenance } from "./derived.ts";
import { conversionFactor } from "./load.ts";
import type { LoadInput, LoadSample } from "./loadInput.ts";
import type { PopulationEstimate } from "./population.ts";
import { loadAbsence, loadOf, type OtherDrug, otherDrugOf, type Sewer, sewerOf } from "./sampleLoad.ts";
import { cvOfRange } from "./uncertainty.ts";

const NO_FLAG: readonly QualityFlag[] = [];
const NO_POPULATION: readonly PopulationEstimate[] = [];

/** What is the same for all samples of a site, analyte and profile. */
interface Chain {
  input: LoadInput;
  key: string;
  drug: string | null;
  factor: ExcretionFactor | null;
  dose: StandardDose | null;
  conversion: number | null;
  /** Why there is no consumption, or null. */
  noConsumption: Absence | null;
  correlated: readonly UncertaintyPart[];
  /** Relative standard uncertainty of the excreted fraction, from the factor's range. */
  excretionCv: number;
  z: number;
  notes: readonly DerivationNote[];
  correctedNotes: readonly DerivationNote[];
  factorIds: Provenance["factorIds"];
}

/**
 * Every derived quantity of one site and analyte over many samples, by day and result: concentration, load, population-normalised load (once per
 * way of counting people, the profile's choice as "primary"), consumption and doses. A quantity that cannot be computed is there
 * with its reason. The same records give the same values whatever their order.
 */
export function deriveLoads(input: LoadInput): DerivedValue[] {
  const chain = chainOf(input);
  const derived: DerivedValue[] = [];
  for (const sample of inOrder(input.samples)) deriveSample(chain, sample, derived);
  return derived;
}

function inOrder(samples: readonly LoadSample[]): readonly LoadSample[] {
  const key = ({ day, resultIds }: LoadSample) =>
    resultIds.length === 1 ? `${day} ${resultIds[0]}` : `${day} ${resultIds.join(" ")}`;
  for (let i = 1; i < samples.length; i++) {
    if (key(samples[i - 1]!) > key(samples[i]!)) return samples.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  }
  return samples;
}

function chainOf(input: LoadInput): Chain {
  const { profile, analyte, methods = SHIPPED_METHODS } = input;
  const residue = findSubstance(analyte);
  const factorId = profile.excretion[analyte];
  const factor = factorId === undefined ? null : factorById(methods.excretionFactors, factorId);
  const drug = factor === null ? undefined : findSubstance(factor.drug);
  const doseId = factor === null ? undefined : profile.doses[factor.drug];
  const [drugMass, residueMass] = [drug?.molarMassGMol ?? null, residue?.molarMassGMol ?? null];
  const known = factor !== null && drugMass !== null && residueMass !== null;
  const dose = doseId === undefined ? null : factorById(methods.standardDoses, doseId);
  return {
    input,
    key: profileKey(profile),
    drug: factor?.drug ?? null,
    factor,
    dose,
    conversion: known ? conversionFactor(drugMass, residueMass, factor.excretedFraction) : null,
    noConsumption: noConsumptionReason(input, factor, known),
    correlated: UNCERTAINTY_PARTS.filter((part) => profile.uncertainty[part].kind === "correlated"),
    excretionCv: factor === null ? profile.uncertainty.excretion.cv : cvOfRange(factor),
    z: normalQuantile(0.5 + profile.interval.level / 2),
    notes: notesOf(input, residue, false),
    correctedNotes: notesOf(input, residue, true),
    factorIds: { excretion: factor?.id ?? null, dose: dose?.id ?? null },
  };
}

function noConsumptionReason(
  { profile, analyte, licit }: LoadInput,
  factor: ExcretionFactor | null,
  known: boolean,
): Absence | null {
  if (factor === null) return "noExcretionFactor";
  if (!known) return "noMolarMass";
  return profile.licitRequired.includes(analyte) && licit === undefined ? "licitLoadUnknown" : null;
}

function notesOf({ profile, residenceTimeH }: LoadInput, residue: Substance | undefined, corrects: boolean): DerivationNote[] {
  const notes: DerivationNote[] = [];
  if (corrects) notes.push("inSewerCorrected");
  else if (residue?.stability === "low") {
    if (residenceTimeH === undefined) notes.push("residenceTimeUnknown");
    else if (residenceTimeH > profile.inSewer.flagAboveH) notes.push("inSewerUnstable");
  }
  if (residue?.sorbs) notes.push("dissolvedOnly");
  return notes;
}

function deriveSample(chain: Chain, sample: LoadSample, derived: DerivedValue[]): void {
  const { siteId, analyte, profile, populations: fixed = NO_POPULATION } = chain.input;
  const flags = sample.flags ?? NO_FLAG;
  const live = flags.length === 0 ? flags : flags.filter(({ override }) => override === undefined);
  const populations = sample.populations === undefined ? fixed : [...sample.populations, ...fixed];
  const primary = choosePopulation(profile, populations);
  const sewer = sewerOf(chain.input, sample);
  const absent = loadAbsence(sample, live, sewer);
  const other = absent === null ? otherDrugOf(chain.input, sample, sewer) : null;
  const load = absent === null ? loadOf(chain.input, sample, sewer, other) : null;
  const provenance = provenanceOf(chain, sample, { primary, flags, load, sewer, other });
  const { day, timeMs = null, method = null, concentration } = sample;
  const common = { siteId, analyte, day, timeMs, method, censoring: concentration.censoring, switches: switchesOf(flags) };
  derived.push(concentrationValue(chain, sample, live, { ...common, provenance }));
  derived.push({
    ...common,
    drug: null,
    quantity: "load",
    variant: "primary",
    amount: load && amountOf(chain.z, load, 1, load.variance, "g/d"),
    total: null,
    absent,
    logSd: load && logSds(load.variance),
    provenance,
  });
  const normalised = (estimate: PopulationEstimate | null, variant: string, basis: Provenance): DerivedValue => {
    const variance = load && estimate && plus(load.variance, estimate.cv, profile.uncertainty.population.kind);
    return {
      ...common,
      drug: null,
      quantity: "populationNormalisedLoad",
      variant,
      amount: load && estimate && variance && amountOf(chain.z, load, 1e6 / estimate.people, variance, "mg/d/(10*3.{inh})"),
      total: null,
      absent: absent ?? (estimate ? null : "noPopulation"),
      logSd: variance && logSds(variance),
      provenance: basis,
    };
  };
  derived.push(normalised(primary, "primary", provenance));
  for (const other of populations) {
    if (other !== primary) derived.push(normalised(other, other.under ?? other.method, { ...provenance, population: other }));
  }
  const allOfOther = other?.isAll && chain.noConsumption === null ? "leftByOtherDrug" : null;
  deriveTaken(chain, load, primary, absent ?? allOfOther, { ...common, drug: chain.drug, provenance }, derived);
}

/** The concentration itself, with the uncertainty of sampling and analysis: what happened before the bottle, not the flow. */
function concentrationValue(
  { input, z }: Chain,
  { concentration }: LoadSample,
  live: readonly QualityFlag[],
  common: Pick<DerivedValue, "siteId" | "analyte" | "day" | "timeMs" | "method" | "censoring" | "switches" | "provenance">,
): DerivedValue {
  const { sampling, analysis } = input.profile.uncertainty;
  const { ngL, lowNgL = 0, censoring, analysisCv } = concentration;
  const refused = live.some(({ action }) => action === "reject" || action === "hold");
  const absent = refused ? "resultRefused" : ngL === null || !(ngL > 0) ? "limitUnknown" : null;
  const variance = plus(
    plus({ independent: 0, correlated: 0 }, sampling.cv, sampling.kind),
    analysisCv ?? analysis.cv,
    analysis.kind,
  );
  const asFlowing = absent === null ? { gD: ngL as number, lowGD: lowNgL, censoring, variance, net: null } : null;
  return {
    ...common,
    drug: null,
    quantity: "concentration",
    variant: "primary",
    amount: asFlowing && amountOf(z, asFlowing, 1, variance, "ng/L"),
    total: null,
    absent,
    logSd: asFlowing && logSds(variance),
  };
}

/** Consumption and doses: the drug behind the residue. */
function deriveTaken(
  chain: Chain,
  load: Flowing | null,
  population: PopulationEstimate | null,
  absentLoad: Absence | null,
  common: Omit<DerivedValue, "quantity" | "variant" | "amount" | "total" | "absent" | "logSd">,
  derived: DerivedValue[],
): void {
  const { uncertainty } = chain.input.profile;
  const { conversion, dose } = chain;
  const absent = absentLoad ?? chain.noConsumption;
  const usable = absent === null ? load : null;
  const whole = usable && plus(usable.variance, chain.excretionCv, uncertainty.excretion.kind);
  const each = whole && population && plus(whole, population.cv, uncertainty.population.kind);
  const perPerson = population ? 1e6 / population.people : 0;
  const taken = (scale: number, variance: Variance | null, unit: Amount["unit"]) =>
    usable && variance && amountOf(chain.z, usable, scale, variance, unit, true);
  derived.push({
    ...common,
    quantity: "consumption",
    variant: "primary",
    amount: taken(conversion! * perPerson, each, "mg/d/(10*3.{inh})"),
    total: taken(conversion!, whole, "g/d"),
    absent: absent ?? (population ? null : "noPopulation"),
    logSd: usable && (each ?? whole) && netLogSds(usable, (each ?? whole)!),
  });
  const perDose = dose === null ? 0 : conversion! / dose.value;
  derived.push({
    ...common,
    quantity: "doses",
    variant: "primary",
    amount: dose && taken(perDose * perPerson, each, "{dose}/d/(10*3.{inh})"),
    total: dose && taken(perDose * 1000, whole, "{dose}/d"),
    absent: absent ?? (dose === null ? "noDose" : population ? null : "noPopulation"),
    logSd: dose && usable && (each ?? whole) && netLogSds(usable, (each ?? whole)!),
  });
}

/** The profile's first way of counting that has an estimate; one counted under another profile's rule only stands beside it. */
function choosePopulation({ population }: MethodProfile, estimates: readonly PopulationEstimate[]): PopulationEstimate | null {
  for (const method of population.methods) {
    for (const estimate of estimates) if (estimate.method === method && estimate.under === undefined) return estimate;
  }
  return null;
}

function provenanceOf(
  chain: Chain,
  { resultIds, concentration, flowM3D, flowCv }: LoadSample,
  {
    primary: population,
    flags,
    load,
    sewer,
    other,
  }: {
    primary: PopulationEstimate | null;
    flags: readonly QualityFlag[];
    load: Flowing | null;
    sewer: Sewer;
    other: OtherDrug | null;
  },
): Provenance {
  const { profile, residenceTimeH, licit, softwareVersion } = chain.input;
  const { sampling, analysis, stability, flow, population: people } = profile.uncertainty;
  const notes = sewer.isCorrected ? chain.correctedNotes : chain.notes;
  const clipped = load?.net != null && load.net.beforeClipping < 0;
  return {
    resultIds,
    profile: chain.key,
    factorIds: chain.factorIds,
    inputs: {
      concentrationNgL: concentration.ngL,
      flowM3D: flowM3D ?? null,
      residenceTimeH: residenceTimeH ?? null,
      arrivedShare: sewer.arrivedShare,
      formedNgL: sewer.formedNgL,
      licitLoadGD: licit?.loadGD ?? null,
      otherDrugLoadGD: other?.loadGD ?? null,
      conversionFactor: chain.conversion,
      doseMg: chain.dose?.value ?? null,
    },
    population,
    uncertainty: {
      cv: {
        sampling: sampling.cv,
        analysis: concentration.analysisCv ?? analysis.cv,
        stability: stability.cv,
        flow: flowCv ?? flow.cv,
        population: population?.cv ?? people.cv,
        excretion: chain.excretionCv,
      },
      correlated: chain.correlated,
      level: profile.interval.level,
    },
    flags,
    notes: clipped ? [...notes, "licitClipped"] : notes,
    softwareVersion,
  };
}
