import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { close } from "../censored/oracle.ts";
import { derive, sample } from "./deriving.ts";

describe("laws", () => {
  const amounts = fc.record({
    c: fc.double({ min: 0.1, max: 1e5, noNaN: true }),
    q: fc.double({ min: 10, max: 1e6, noNaN: true }),
  });
  it("doubling the flow doubles load, consumption and doses", () =>
    fc.assert(
      fc.property(amounts, ({ c, q }) => {
        const at = (flowM3D: number) => derive({ samples: [sample({ concentration: { ngL: c, censoring: "none" }, flowM3D })] });
        const [once, twice] = [at(q), at(2 * q)];
        for (const [index, value] of once.entries())
          if (value.quantity !== "concentration") close(twice[index]!.amount!.value, 2 * value.amount!.value, 1e-12);
      }),
    ));
  it("a less certain flow or analysis never narrows an interval", () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0.001, max: 1, noNaN: true }), (cv, more) => {
        const width = (flowCv: number, analysisCv: number) => {
          const concentration = { ngL: 100, censoring: "none", analysisCv } as const;
          return derive({ samples: [sample({ flowCv, concentration })] })
            .filter(({ quantity }) => quantity !== "concentration") // which the flow does not touch
            .map(({ amount }) => amount!.high! / amount!.low);
        };
        const narrow = width(cv, cv);
        for (const [index, wide] of width(cv + more, cv).entries()) expect(wide).toBeGreaterThan(narrow[index]!);
        for (const [index, wide] of width(cv, cv + more).entries()) expect(wide).toBeGreaterThan(narrow[index]!);
      }),
    ));
  it("the same records in any order give the same series, byte for byte", () => {
    const samples = Array.from({ length: 30 }, (_, index) =>
      sample({
        resultIds: [`r${(index * 7) % 30}`],
        day: `2026-05-${String(1 + (index % 28)).padStart(2, "0")}`,
        flowM3D: 1000 + index,
      }),
    );
    const wanted = JSON.stringify(derive({ samples }));
    fc.assert(
      fc.property(
        fc.shuffledSubarray(samples, { minLength: samples.length }),
        (shuffled) => JSON.stringify(derive({ samples: shuffled })) === wanted,
      ),
    );
  });
  it("provenance is whole and survives JSON", () => {
    for (const value of derive()) {
      expect(JSON.parse(JSON.stringify(value))).toEqual(value);
      expect(value.provenance).toMatchObject({
        resultIds: ["lab-1/s1/be/m/1"],
        profile: "us-research@1",
        factorIds: { excretion: "cocaine-be-castiglioni-2013", dose: "dose-cocaine" },
        population: { method: "census", people: 180_000 },
        softwareVersion: "0.1.0",
      });
    }
  });
  it("two samples of one day that share a first result id keep an order of their own", () => {
    const [a, b] = [sample({ resultIds: ["r", "b"] }), sample({ resultIds: ["r", "a"] })];
    expect(JSON.stringify(derive({ samples: [a, b] }))).toBe(JSON.stringify(derive({ samples: [b, a] })));
  });
});
