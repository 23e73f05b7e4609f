import land from "./land.json" with { type: "json" };

/** A step is written in digits of this base, the lowest first; a digit that others follow is as much higher. */
const BASE = 45;
/** The characters from `#` on, without the backslash, which JSON would double. */
const [FIRST, BACKSLASH] = [35, 92];

/** The countries' outlines, latitude and longitude in degrees. `land.json` and how it is written: maps/README.md. */
export const outlines: [number, number][][] = land.map((ring) => {
  const steps = stepsOf(ring);
  let [latitude, longitude] = [0, 0];
  return Array.from({ length: steps.length / 2 }, (_, index): [number, number] => {
    latitude += steps[2 * index]!;
    longitude += steps[2 * index + 1]!;
    return [latitude / 10, longitude / 10];
  });
});

/** Odd numbers stand for the steps below zero: 0, -1, 1, -2, … */
function stepsOf(written: string): number[] {
  const steps: number[] = [];
  let [number, place] = [0, 1];
  for (const character of written) {
    const code = character.charCodeAt(0);
    const digit = code - FIRST - (code > BACKSLASH ? 1 : 0);
    number += (digit % BASE) * place;
    place *= BASE;
    if (digit >= BASE) continue;
    steps.push(number % 2 === 1 ? -(number + 1) / 2 : number / 2);
    [number, place] = [0, 1];
  }
  return steps;
}
