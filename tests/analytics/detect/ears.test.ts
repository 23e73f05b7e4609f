import { expect, it } from "vitest";
import { ears } from "../../../analytics/detect/ears.ts";
import c1 from "./fixtures/earsC_salmNewport_C1.json" with { type: "json" };
import c2 from "./fixtures/earsC_salmNewport_C2.json" with { type: "json" };
import c3 from "./fixtures/earsC_salmNewport_C3.json" with { type: "json" };

// R 4.2.2, surveillance 1.20.3, earsC on salmNewport; the calls stand in the fixtures.
for (const [method, oracle] of [
  ["C1", c1],
  ["C2", c2],
  ["C3", c3],
] as const) {
  it(`${method} agrees with R on every threshold and alarm`, () => {
    const alarms = ears(oracle.input.observed, method);
    const { index, upperbound, alarm } = oracle.output;
    for (const [row, at] of index.entries()) {
      const found = alarms[at - 1]!;
      const bound = upperbound[row];
      if (typeof bound === "number")
        expect(Math.abs(found.threshold - bound), `${method} at ${at}`).toBeLessThanOrEqual(1e-6 * Math.max(1, bound));
      if (alarm[row] !== null) expect(found.raised, `${method} at ${at}`).toBe(alarm[row] === 1);
    }
    expect(alarms.slice(0, index[0]! - 1).every((each) => each === undefined)).toBe(true);
  });
}
