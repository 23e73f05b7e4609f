/** Daily mass in g/d: 1 ng/L in 1 m3/d is 1e-6 g/d. */
export function dailyLoad(concentrationNgL: number, flowM3D: number): number {
  return concentrationNgL * flowM3D * 1e-6;
}

/** mg/d per 1,000 people, the same number as g/d per million. */
export function perThousandPeople(gD: number, people: number): number {
  return (gD * 1e6) / people;
}

/** Concentration in ng/L that a load in g/d makes in a flow in m3/d. */
export function concentrationOfLoad(gD: number, flowM3D: number): number {
  return (gD * 1e6) / flowM3D;
}

/**
 * Grams of pure drug per gram of residue: the molar masses turn residue into drug, the excreted fraction into what was taken.
 * @param excretedFraction moles of residue excreted per mole of drug taken, in (0, 1]
 */
export function conversionFactor(drugGMol: number, residueGMol: number, excretedFraction: number): number {
  return drugGMol / residueGMol / excretedFraction;
}

/** Doses a day in g/d of pure drug; per 1,000 people when the mass is mg/d per 1,000 people and a thousandth is taken. */
export function dosesPerDay(pureDrugGD: number, doseMg: number): number {
  return (pureDrugGD * 1000) / doseMg;
}

/** Mass as sold, from pure mass; purity as base or salt as the purity states. */
export function streetMass(pureDrugGD: number, purity: number): number {
  return pureDrugGD / purity;
}

/** kg a year, where the sampling design supports extrapolating days to a year. */
export function annualKg(gD: number): number {
  return (gD * 365) / 1000;
}
