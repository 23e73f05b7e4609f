/** The share of one part in a whole, in percent. */
export function sharePercent(part: number, whole: number): number {
  return (part / whole) * 100;
}

/** The share of people that samples cover may not be the whole country: the mass of the covered, scaled to all. */
export function scaledToPopulation(kg: number, peopleCovered: number, people: number): number {
  return (kg * people) / peopleCovered;
}

export interface Scenario {
  pureDrugGD: number;
  doseMg: number;
  dosesPerUserDay: number;
}

/** Users that a consumption would mean under stated assumptions. A scenario, never a measurement. */
export function usersUnder({ pureDrugGD, doseMg, dosesPerUserDay }: Scenario): number {
  return (pureDrugGD * 1000) / (doseMg * dosesPerUserDay);
}
