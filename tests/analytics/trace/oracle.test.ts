import { describe, expect, it } from "vitest";
import { prepareNetwork } from "../../../analytics/trace/graph.ts";
import { TRACE_MODEL } from "../../../analytics/trace/model.ts";
import { sourcePosterior } from "../../../analytics/trace/posterior.ts";
import type { Network } from "../../../schemas/network.ts";
import type { TraceObservation } from "../../../schemas/trace.ts";
import { type Random, seededRandom } from "../../../simulation/random.ts";
import { cumulative, enumeratePosterior, nodesOf, type Pipe, passing, type Question, type Town } from "./enumeration.ts";

/** Eleven manholes; p is the plant. */
const tree: Town = {
  pipes: ["ba", "ca", "ap", "db", "eb", "fc", "gc", "hd", "id", "jf", "kj"].map(
    (ends): Pipe => [ends[0] ?? "", ends[1] ?? "", 1],
  ),
  flow: { a: 1, b: 0, c: 2, d: 1, e: 3, f: 0.5, g: 0, h: 2, i: 1, j: 0, k: 4 },
};
/** Two splits whose arms meet again, one within the other's reach. */
const meshed: Town = {
  pipes: [
    ["a", "p", 1],
    ["b", "a", 1],
    ["c", "a", 1],
    ["d", "b", 0.7],
    ["d", "c", 0.3],
    ["e", "d", 1],
    ["f", "e", 0.4],
    ["f", "c", 0.6],
    ["g", "f", 1],
    ["h", "b", 1],
  ],
  flow: { a: 1, b: 2, c: 0, d: 1, e: 2, f: 0, g: 3, h: 1 },
};
/** An arm that leads past the plant: what takes it is lost to the plant but not to the manholes on it. */
const overflowing: Town = {
  pipes: [
    ["a", "p", 1],
    ["b", "a", 0.6],
    ["b", "x", 0.4],
    ["x", "y", 1],
    ["c", "b", 1],
    ["d", "a", 1],
    ["e", "x", 1],
  ],
  flow: { a: 1, b: 1, c: 2, d: 1, x: 1, e: 1 },
  outfalls: ["y"],
};
const chain: Town = {
  pipes: [
    ["a", "p", 1],
    ["b", "a", 1],
    ["c", "a", 1],
  ],
  flow: { a: 1, b: 1, c: 1 },
};

function networkOf(town: Town): Network {
  return {
    id: "oracle",
    plant: "p",
    nodes: nodesOf(town).map((id) => ({
      id,
      dryWeatherFlowM3S: (town.flow[id] ?? 0) / 1_000,
      ...(town.outfalls?.includes(id) ? { kind: "outfall" } : {}),
    })),
    links: town.pipes.map(([from, to, splitFraction]) => ({ id: `${from}-${to}`, from, to, splitFraction, lengthM: 50 })),
  };
}

/** Fewer levels, shifts and excesses than in use, every kind of them kept: the enumeration costs their product. */
const SMALL_MODEL = {
  ...TRACE_MODEL,
  effectLevels: TRACE_MODEL.effectLevels.slice(1, 3),
  commonShift: TRACE_MODEL.commonShift.slice(1, 3),
  excessRatio: { min: 0.1, max: 30, steps: 4, likely: 0.3 },
};

const PLANT_BASELINE_GD = 20;
const trigger = { node: "p", analyte: "mdma", date: "2026-05-01", excessGD: 25, excessSd: 8, baselineGD: PLANT_BASELINE_GD };

/** Loads of a source somewhere in the town: low, high and below the limit, some manholes twice and one of them surveyed. */
function sampled(town: Town, random: Random, dates: readonly string[], count: number): TraceObservation[] {
  const source = random.pick(nodesOf(town).slice(1));
  const surveyed = random.pick(nodesOf(town).slice(1));
  const total = nodesOf(town).reduce((sum, s) => sum + (town.flow[s] ?? 0) * passing(town, s, "p"), 0);
  return Array.from({ length: count }, (): TraceObservation => {
    const node = random.pick(nodesOf(town));
    const flow = nodesOf(town).reduce((sum, s) => sum + (town.flow[s] ?? 0) * passing(town, s, node), 0);
    const ordinaryGD = PLANT_BASELINE_GD * Math.max(flow / total, 1e-3);
    const loadGD = (ordinaryGD + 25 * passing(town, source, node) * random.integer(0, 1)) * random.factor(0.4);
    const survey = node === surveyed ? { baselineGD: ordinaryGD * random.factor(0.2) } : {};
    const [date, limitGD] = [random.pick(dates), PLANT_BASELINE_GD / 10];
    if (loadGD > limitGD) return { node, date, loadGD, censored: false, ...survey };
    const below = random.integer(0, 1) === 0 ? { loadGD: limitGD, censored: true } : { loadGD: 0, censored: false };
    return { node, date, loqGD: limitGD, ...below, ...survey };
  });
}

function expectSamePosterior(question: Question): void {
  const { town, observations, model } = question;
  const graph = prepareNetwork(networkOf(town));
  const found = sourcePosterior(graph, { trigger: question.trigger, observations, model });
  const wanted = enumeratePosterior(question);
  const close = (own: readonly number[]) => own.map((p) => expect.closeTo(p, 9));
  expect([found.noSource, found.diffuse, found.outside]).toEqual(close([wanted.noSource, wanted.diffuse, wanted.outside]));
  expect([...found.node]).toEqual(close(wanted.node));
  expect([...found.level]).toEqual(close(wanted.level));
  expect(found.logEvidence).toBeCloseTo(wanted.logEvidence, 9);
}

const days = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `2026-05-${String(from + i).padStart(2, "0")}`);
const towns = { "a tree": tree, "a sewer with splits": meshed, "a sewer that overflows past the plant": overflowing };

describe.each(Object.entries(towns))("%s, every hypothesis enumerated", (name, town) => {
  it.each([1, 2, 3, 4, 5])(
    "gives the same posterior to 1e-9: samples of four days, the trigger's among them (seed %i)",
    (seed) => {
      const observations = sampled(town, seededRandom("oracle", name, seed), days(1, 4), 9);
      expectSamePosterior({
        town,
        observations,
        trigger,
        plantBaselineGD: PLANT_BASELINE_GD,
        model: seed === 1 ? TRACE_MODEL : SMALL_MODEL,
      });
    },
  );

  it("gives the same where the trigger claims to be surer than one result can be", () => {
    const sure = { ...trigger, excessGD: 9, excessSd: 1 };
    const observations = sampled(town, seededRandom("oracle", name, 8), days(2, 3), 4);
    expectSamePosterior({ town, observations, trigger: sure, plantBaselineGD: PLANT_BASELINE_GD, model: SMALL_MODEL });
  });

  it("gives the same without a trigger, the plant's own survey telling its baseline", () => {
    const plant = { node: "p", date: "2026-05-02", loadGD: 41, censored: false, baselineGD: PLANT_BASELINE_GD };
    const observations = [plant, ...sampled(town, seededRandom("oracle", name, 6), days(2, 4), 7)];
    expectSamePosterior({
      town,
      observations: observations.map((row) => (row.node === "p" && row !== plant ? { ...row, node: "a" } : row)),
      plantBaselineGD: PLANT_BASELINE_GD,
      model: SMALL_MODEL,
    });
  });

  it("gives the same when it rained on the third", () => {
    const dryM3D = (node: string) =>
      nodesOf(town).reduce((sum, s) => sum + (town.flow[s] ?? 0) * passing(town, s, node), 0) * 86.4;
    const observations = sampled(town, seededRandom("oracle", name, 7), days(2, 4), 9).map((row) => ({
      ...row,
      flowM3D: dryM3D(row.node) * (row.date === "2026-05-03" ? 2 : 1) + 1e-6,
    }));
    const rainDays = ["2026-05-03"];
    expectSamePosterior({ town, observations, trigger, plantBaselineGD: PLANT_BASELINE_GD, rainDays, model: SMALL_MODEL });
  });
});

it("is the same over more days than are summed jointly: a manhole's effect is then one of each ten days", () => {
  const every = days(2, 13);
  const observations = every.map((date, i) => ({
    node: i % 3 === 0 ? "b" : "a",
    date,
    loadGD: 18 + 3 * (i % 5),
    censored: false,
  }));
  expectSamePosterior({ town: chain, observations, trigger, plantBaselineGD: PLANT_BASELINE_GD, model: SMALL_MODEL });
});

// R 4.2.2, pnorm
it.each([
  [-10, 7.619853024160527e-24],
  [-3.5, 2.32629079035525e-4],
  [-1, 0.15865525393145707],
  [2, 0.9772498680518208],
])("the enumeration's own normal distribution agrees with R at %d", (z, p) => expect(cumulative(z) / p).toBeCloseTo(1, 12));
