/** The grid of `run.ts`: what the source does, what is known, and how many samples may be taken. */
export interface Cell {
  name: string;
  /** Mass a day as a multiple of the plant's baseline; 0 for none. */
  mass: number;
  emission: number;
  samplesMax: number;
  mismatchSdLn: number;
  wrongPipes: number;
  rain: boolean;
  decayPerH: number;
  sources: number;
  surveyed: boolean;
  /** Whether the plant's own composite of each sampling day is known, as where it is sampled daily anyway. */
  plantDaily: boolean;
}

const cell = (name: string, own: Partial<Cell>): Cell => ({
  name,
  mass: 1,
  emission: 1,
  samplesMax: 40,
  mismatchSdLn: 0,
  wrongPipes: 0,
  rain: false,
  decayPerH: 0,
  sources: 1,
  surveyed: false,
  plantDaily: false,
  ...own,
});

export const CELLS: Cell[] = [
  cell("baseline-sized, every day", { samplesMax: 15 }),
  cell("baseline-sized, 70 % of days", { emission: 0.7, samplesMax: 24 }),
  cell("third, every day", { mass: 0.33, samplesMax: 18 }),
  cell("nothing, static baselines", { mass: 0, samplesMax: 12 }),
  cell("nothing, surveyed baselines", { mass: 0, samplesMax: 12, surveyed: true }),
  cell("plant sampled daily, 70 % of days", { emission: 0.7, samplesMax: 24, plantDaily: true }),
  cell("plant sampled daily, nothing", { mass: 0, samplesMax: 12, plantDaily: true }),
  cell("tenth, every day", { mass: 0.1 }),
  cell("threefold, every day", { mass: 3 }),
  cell("baseline-sized, 40 % of days", { emission: 0.4 }),
  cell("baseline-sized, mismatch 0.5", { mismatchSdLn: 0.5 }),
  cell("third, 70 % of days", { mass: 0.33, emission: 0.7 }),
  cell("third, mismatch 0.5", { mass: 0.33, mismatchSdLn: 0.5 }),
  cell("hopeless, mismatch 1.3", { mismatchSdLn: 1.3 }),
  cell("wrong pipes, 10 %", { wrongPipes: 0.1 }),
  cell("rain", { rain: true }),
  cell("decay 0.1/h", { decayPerH: 0.1 }),
  cell("two equal sources", { sources: 2 }),
];
