import type { AssayReport } from "../schemas/assay.ts";
import { addDays } from "../schemas/days.ts";
import type { Network } from "../schemas/network.ts";
import type { Reading } from "../schemas/reading.ts";
import type { Site } from "../schemas/site.ts";
import { DRUG_USE, type DrugUse } from "./drugs.ts";
import { type Assay, reportOf } from "./laboratory.ts";
import { cityName, siteNameOf } from "./names.ts";
import { simulateFlow, simulateLoads } from "./plantDays.ts";
import { seededRandom } from "./random.ts";
import { generateSewer } from "./sewer.ts";

export interface ProvinceSettings {
  seed: number;
  /** Treatment plants; the first one's sewer is mapped. */
  plants?: number;
  manholes?: number;
  /** Days of daily composites before and including `endDay`. */
  days?: number;
  endDay: string;
  /** What is dumped into the mapped sewer; nothing when null. */
  dump?: DumpSettings | null;
}

export interface DumpSettings {
  analyte: string;
  /** Days before `endDay` on which it begins; it goes on every day after. */
  daysBeforeEnd: number;
  /** Mass as a multiple of the plant's ordinary load on that day. */
  timesOrdinary: number;
}

/** The world as it is, which the pipeline does not see. */
export interface Truth {
  dump: { siteId: string; analyte: string; node: string; from: string; massGD: number } | null;
}

export interface Province {
  sites: Site[];
  network: Network;
  truth: Truth;
  /** Daily mean flow of one plant, a year a message. */
  readings(siteId: string): Iterable<Reading[]>;
  /** One 24-hour composite a day of one plant, each with the whole panel. */
  reports(siteId: string): Iterable<AssayReport>;
  /** What a crew finds at manholes of the mapped sewer on a day, as the laboratory reports it. */
  sampleManholes(nodes: readonly string[], day: string): AssayReport[];
}

export const DUMP_DEFAULT: DumpSettings = { analyte: "methamphetamine", daysBeforeEnd: 4, timesOrdinary: 1.5 };
const TIME_ZONE = "Asia/Shanghai";
/** Readings of a year in one message. */
const DAYS_PER_MESSAGE = 365;
/** A manhole's own deviation from its share of the ordinary load, and laboratory with sampling, on the log scale. */
const MANHOLE_SD_LN = 0.25;
const ASSAY_SD_LN = 0.245;
/** A node carries at least this share of the plant's ordinary load. */
const SHARE_MIN = 1e-4;

/** A province with its history, the same for the same settings. What is generated is generated when asked for. */
export function simulateProvince(settings: ProvinceSettings): Province {
  const { seed, plants = 40, manholes = 300, days = 730, endDay, dump = DUMP_DEFAULT } = settings;
  const startDay = addDays(endDay, 1 - days);
  const worlds = Array.from({ length: plants }, (_, i) => plantOf(seed, i));
  const mapped = worlds[0] as PlantWorld;
  const network = generateSewer({ seed, nodes: manholes, people: mapped.people, id: "N-001" });
  const shares = loadShares(network);
  const drainage = downstreamOf(network);
  const truth = truthOf();
  const byId = new Map(worlds.map((world) => [world.site.siteId, world]));
  mapped.site.networkNode = { networkId: network.id, nodeId: network.plant };

  function truthOf(): Truth {
    if (!dump) return { dump: null };
    const random = seededRandom(seed, "dump");
    const far = network.nodes.filter(({ id }) => (shares.get(id) ?? 0) < 0.1 && id !== network.plant);
    const { id: node } = random.pick(far);
    const from = addDays(endDay, -dump.daysBeforeEnd);
    const ordinaryGD = ordinaryLoadGD(mapped, dump.analyte);
    return { dump: { siteId: mapped.site.siteId, analyte: dump.analyte, node, from, massGD: ordinaryGD * dump.timesOrdinary } };
  }

  function* readings(siteId: string): Generator<Reading[]> {
    const world = known(byId, siteId);
    const flows = simulateFlow(seed, world, startDay, days);
    for (let from = 0; from < days; from += DAYS_PER_MESSAGE) {
      yield flows.slice(from, from + DAYS_PER_MESSAGE).map(({ day, flowM3D }) => ({
        siteId,
        deviceId: "influent-meter",
        time: `${day}T08:00:00+08:00`,
        quantity: "flow",
        value: Math.round(flowM3D),
        unit: "m3/d",
        status: "ok",
      }));
    }
  }

  function* reports(siteId: string): Generator<AssayReport> {
    const world = known(byId, siteId);
    const assay = seededRandom(seed, "assay", siteId);
    for (const { day, flowM3D, loadsGD } of simulateLoads(seed, world, startDay, days)) {
      const dumped = dumpedOn(truth, siteId, day);
      const assays = DRUG_USE.map((use): Assay => {
        const extra = dumped?.analyte === use.analyte ? dumped.massGD : 0;
        return {
          use,
          trueNgL: ((loadsGD.get(use.analyte) as number) + extra) / flowM3D / 1e-6,
          factor: assay.factor(ASSAY_SD_LN),
        };
      });
      yield reportOf({ siteId, day, assays });
    }
  }

  function sampleManholes(nodes: readonly string[], day: string): AssayReport[] {
    return nodes.map((node) => {
      const share = shares.get(node);
      if (share === undefined) throw new RangeError(`sampleManholes: the sewer has no manhole ${node}`);
      const manhole = seededRandom(seed, "manhole", node).factor(MANHOLE_SD_LN);
      const assay = seededRandom(seed, "manhole-assay", node, day);
      const dumped = dumpedOn(truth, mapped.site.siteId, day);
      const passes = dumped && drainage(dumped.node).has(node);
      const flowM3D = Math.max(share, SHARE_MIN) * mapped.flowM3D;
      const assays = DRUG_USE.map((use): Assay => {
        const ordinaryGD = ordinaryLoadGD(mapped, use.analyte) * Math.max(share, SHARE_MIN) * manhole;
        const extra = passes && dumped.analyte === use.analyte ? dumped.massGD : 0;
        return { use, trueNgL: (ordinaryGD + extra) / flowM3D / 1e-6, factor: assay.factor(ASSAY_SD_LN) };
      });
      return reportOf({ siteId: manholeId(mapped, node), day, assays, flowM3D });
    });
  }

  const manholeSites = network.nodes
    .filter(({ id }) => id !== network.plant)
    .map(
      ({ id }): Site => ({
        siteId: manholeId(mapped, id),
        name: `Manhole ${id}`,
        nameZh: `窨井 ${id}`,
        kind: "manhole",
        parentSiteId: mapped.site.siteId,
        networkNode: { networkId: network.id, nodeId: id },
        country: "CN",
        region: mapped.site.region as string,
        timeZone: TIME_ZONE,
      }),
    );
  return { sites: [...worlds.map(({ site }) => site), ...manholeSites], network, truth, readings, reports, sampleManholes };
}

/** One plant as it is in truth. */
export interface PlantWorld {
  site: Site;
  people: number;
  /** Mean dry-weather flow. */
  flowM3D: number;
  /** True load of each analyte in an ordinary week, mg/d/(10*3.{inh}). */
  levels: ReadonlyMap<string, number>;
}

function plantOf(seed: number, index: number): PlantWorld {
  const random = seededRandom(seed, "plant", index);
  const people = Math.round(Math.min(900_000, Math.max(20_000, 110_000 * random.factor(0.8))));
  const flowM3D = people * 0.25 * random.factor(0.15);
  const levels = new Map<string, number>();
  for (const use of DRUG_USE) levels.set(use.analyte, levelOf(use, levels) * random.factor(use.siteSdLn));
  const city = cityName(index);
  const site: Site = {
    siteId: `P-${String(index + 1).padStart(3, "0")}`,
    ...siteNameOf(city, index),
    kind: "wwtp",
    country: "CN",
    region: city.region,
    latitude: Number((28.2 + 1.8 * random.uniform()).toFixed(4)),
    longitude: Number((111.3 + 2.6 * random.uniform()).toFixed(4)),
    timeZone: TIME_ZONE,
    population: { people, source: "simulated census", year: 2024 },
    designFlowM3D: Math.round((flowM3D * 1.4) / 1_000) * 1_000,
  };
  return { site, people, flowM3D, levels };
}

function levelOf({ from, loadMgD1000 }: DrugUse, levels: ReadonlyMap<string, number>): number {
  return from ? (levels.get(from.analyte) as number) * from.ratio : loadMgD1000;
}

function ordinaryLoadGD({ levels, people }: PlantWorld, analyte: string): number {
  const level = levels.get(analyte);
  if (level === undefined) throw new RangeError(`simulateProvince: the panel has no ${analyte}`);
  return (level * people) / 1_000 / 1_000; // mg/d/1000 times thousands of people is mg/d
}

function dumpedOn({ dump }: Truth, siteId: string, day: string): Truth["dump"] {
  return dump && dump.siteId === siteId && day >= dump.from ? dump : null;
}

const manholeId = ({ site }: PlantWorld, node: string) => `${site.siteId}-${node}`;

function known<T>(map: ReadonlyMap<string, T>, siteId: string): T {
  const found = map.get(siteId);
  if (found === undefined) throw new RangeError(`simulateProvince: no plant ${siteId}`);
  return found;
}

/** Share of the plant's people upstream of each node. */
function loadShares({ nodes, links, plant }: Network): Map<string, number> {
  const upstream = new Map(nodes.map(({ id, population = 0 }) => [id, population]));
  const entering = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { to } of links) entering.set(to, (entering.get(to) ?? 0) + 1);
  const outgoing = Map.groupBy(links, ({ from }) => from);
  const ready = nodes.filter(({ id }) => entering.get(id) === 0).map(({ id }) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    const out = outgoing.get(id) ?? [];
    for (const { to, splitFraction = 1 / out.length } of out) {
      upstream.set(to, (upstream.get(to) ?? 0) + (upstream.get(id) ?? 0) * splitFraction);
      const left = (entering.get(to) ?? 0) - 1;
      entering.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  const total = upstream.get(plant) || 1;
  return new Map([...upstream].map(([id, people]) => [id, people / total]));
}

/** The nodes that sewage from a node flows through, itself included. */
function downstreamOf({ links }: Network): (node: string) => Set<string> {
  const outgoing = Map.groupBy(links, ({ from }) => from);
  return (node) => {
    const passed = new Set([node]);
    for (const id of passed) for (const { to } of outgoing.get(id) ?? []) passed.add(to);
    return passed;
  };
}
