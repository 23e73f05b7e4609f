import { describe, expect, it } from "vitest";
import { chainForward } from "../../../analytics/load/inSewer.ts";
import { findProfile, type MethodProfile } from "../../../schemas/profiles.ts";
import type { Site } from "../../../schemas/site.ts";
import { close } from "../censored/oracle.ts";
import { opened, plant, reading, reportOf } from "./plantLoads.ts";

describe("a profile that corrects, with what the site says of its sewer", () => {
  const euda = findProfile("euda-score") as MethodProfile;
  const corrects: MethodProfile = { ...euda, id: "corrected", inSewer: { ...euda.inSewer, correct: true } };
  const loadsOf = async (site: Site, results: object[], temperature?: number) => {
    const world = await opened();
    await world.records.methods.addProfile(corrects, { actor: "analyst", at: "2026-05-06T08:00:00.000Z" });
    const readings = temperature === undefined ? [] : [reading("2026-04-01", "temperature", temperature, "Cel")];
    await world.receive(site, { reports: [reportOf("2026-04-01", results)], readings });
    const loads = (await world.points("plant-a")).filter(({ measure }) => measure === "load");
    return (name: string, variant: string) => loads.find((point) => point.name === name && point.variant === variant)?.value;
  };
  // Senta et al. 2014: half-life of cocaine 35 h at 20 °C, 173 h at 10 °C; 37.83 % is lost in 24 h at 20 °C (worked value 7.12)
  const rates = [
    { cel: 10, ratePerH: Math.LN2 / 173 },
    { cel: 20, ratePerH: Math.LN2 / 35 },
  ] as [{ cel: number; ratePerH: number }, { cel: number; ratePerH: number }];
  const warm: Site = { ...plant, residenceTimeH: 24, lossPerH: { cocaine: rates } };

  it("takes the rate at the day's temperature, and corrects nothing where nobody measured it", async () => {
    const cocaine = [{ analyte: "cocaine", value: 100 }];
    close((await loadsOf(warm, cocaine, 20))("cocaine", "corrected@1")!, 4.5 / (1 - 0.3783), 1e-4);
    close((await loadsOf(warm, cocaine, 10))("cocaine", "corrected@1")!, 4.5 * 2 ** (24 / 173), 1e-9);
    close((await loadsOf(warm, cocaine))("cocaine", "corrected@1")!, 4.5, 1e-12);
  });
  it("takes off what formed from a parent: what entered is found again from what arrived", async () => {
    const loss = { lossPerH: 0.04, yieldShare: 0.95, productLossPerH: 0.002 };
    const arrived = chainForward({ parent: 200, product: 300 }, loss, 10);
    const site: Site = {
      ...plant,
      residenceTimeH: 10,
      lossPerH: { cocaine: 0.04, benzoylecgonine: 0.002 },
      formedFrom: { benzoylecgonine: { parent: "cocaine", yieldShare: 0.95 } },
    };
    const loads = await loadsOf(site, [
      { analyte: "cocaine", value: arrived.parent },
      { analyte: "benzoylecgonine", value: arrived.product },
    ]);
    close(loads("benzoylecgonine", "corrected@1")!, 300 * 45_000 * 1e-6, 1e-9);
    close(loads("cocaine", "corrected@1")!, 200 * 45_000 * 1e-6, 1e-9);
    close(loads("benzoylecgonine", "euda-score@1")!, arrived.product * 45_000 * 1e-6, 1e-12);
    const bare = await loadsOf(site, [{ analyte: "benzoylecgonine", value: 300 }]);
    close(bare("benzoylecgonine", "corrected@1")!, 13.5, 1e-12); // no parent was measured: nothing is corrected
    const dumped = await loadsOf(site, [
      { analyte: "cocaine", value: 5_000 },
      { analyte: "benzoylecgonine", value: 10 },
    ]);
    expect(dumped("benzoylecgonine", "corrected@1")).toBeUndefined(); // all of it can have formed on the way
  });
});
