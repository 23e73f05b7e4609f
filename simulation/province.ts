import type { AssayReport } from "../schemas/assay.ts";
import { addDays, dayNumber } from "../schemas/days.ts";
import type { Network } from "../schemas/network.ts";
import type { Reading } from "../schemas/reading.ts";
import type { Site } from "../schemas/site.ts";
import { passingThrough } from "./drainage.ts";
import { DRUG_USE, type DrugUse } from "./drugs.ts";
import { type Assay, reportOf } from "./laboratory.ts";
import { cityName, siteNameOf } from "./names.ts";
import { type LoadDay, simulateFlow, simulateLoads } from "./plantDays.ts";
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
/** A node carries at least this share of the plant's water and ordinary load. */
const SHARE_MIN = 1e-4;
/** Whoever dumps does so away from the trunk sewer: where less than this share of the town passes. */
const REMOTE_SHARE_MAX = 0.1;

/** A province with its history, the same for the same settings. What is generated is generated when asked for. */
export function simulateProvince(settings: ProvinceSettings): Province {
  const { seed, plants = 40, manholes = 300, days = 730, endDay, dump = DUMP_DEFAULT } = settings;
  const startDay = addDays(endDay, 1 - days);
  const worlds = Array.from({ length: plants }, (_, i) => plantOf(seed, i));
  const mapped = worlds[0] as PlantWorld;
  const network = generateSewer({ seed, nodes: manholes, people: mapped.people, id: "N-001" });
  const shares = sharesOf(network);
  const truth = truthOf();
  const byId = new Map(worlds.map((world) => [world.site.siteId, world]));
  mapped.site.networkNode = { networkId: network.id, nodeId: network.plant };

  function truthOf(): Truth {
    if (!dump) return { dump: null };
    const random = seededRandom(seed, "dump");
    const manholeIds = network.nodes.map(({ id }) => id).filter((id) => id !== network.plant);
    const remote = manholeIds.filter((id) => shares.get(id)! < REMOTE_SHARE_MAX);
    const node = random.pick(remote.length > 0 ? remote : manholeIds);
    const from = addDays(endDay, -dump.daysBeforeEnd);
    const ordinaryGD = ordinaryLoadGD(mapped, dump.analyte);
    return { dump: { siteId: mapped.site.siteId, analyte: dump.analyte, node, from, massGD: ordinaryGD * dump.timesOrdinary } };
  }

  let ofDump: Map<string, number> | undefined;
  /** Which share of the dumped mass passes each node. */
  function dumpShares(): Map<string, number> {
    ofDump ??= passingThrough(network, (id) => (id === truth.dump?.node ? 1 : 0));
    return ofDump;
  }

  function* readings(siteId: string): Generator<Reading[]> {
    const world = known(byId, siteId);
    const flows = simulateFlow(seed, world, startDay).take(days).toArray();
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
    for (const { day, flowM3D, loadsGD } of simulateLoads(seed, world, startDay).take(days)) {
      const dumped = dumpedOn(truth, siteId, day);
      const arrivingGD = dumped ? dumped.massGD * dumpShares().get(network.plant)! : 0;
      const assays = DRUG_USE.map((use): Assay => {
        const dumpedGD = dumped?.analyte === use.analyte ? arrivingGD : 0;
        return {
          use,
          trueNgL: concentrationNgL((loadsGD.get(use.analyte) as number) + dumpedGD, flowM3D),
          factor: assay.factor(ASSAY_SD_LN),
        };
      });
      yield reportOf({ siteId, day, assays });
    }
  }

  const past: LoadDay[] = [];
  const future = simulateLoads(seed, mapped, startDay);
  /** What reaches the mapped plant on a day, also after `endDay`. */
  function loadsOn(day: string): LoadDay {
    const age = dayNumber(day) - dayNumber(startDay);
    if (!(age >= 0)) throw new RangeError(`sampleManholes: ${day} lies before the province's first day, ${startDay}`);
    while (past.length <= age) past.push(future.next().value);
    return past[age] as LoadDay;
  }

  function sampleManholes(nodes: readonly string[], day: string): AssayReport[] {
    const plant = loadsOn(day);
    const dumped = dumpedOn(truth, mapped.site.siteId, day);
    return nodes.map((node) => {
      const known = shares.get(node);
      if (known === undefined) throw new RangeError(`sampleManholes: the sewer has no manhole ${node}`);
      const share = Math.max(known, SHARE_MIN);
      const manhole = seededRandom(seed, "manhole", node).factor(MANHOLE_SD_LN);
      const assay = seededRandom(seed, "manhole-assay", node, day);
      const passingGD = dumped ? dumped.massGD * dumpShares().get(node)! : 0;
      const flowM3D = share * plant.flowM3D;
      const assays = DRUG_USE.map((use): Assay => {
        const ordinaryGD = (plant.loadsGD.get(use.analyte) as number) * share * manhole;
        const dumpedGD = dumped?.analyte === use.analyte ? passingGD : 0;
        return { use, trueNgL: concentrationNgL(ordinaryGD + dumpedGD, flowM3D), factor: assay.factor(ASSAY_SD_LN) };
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

/** Share of the town's people upstream of each node. */
function sharesOf(network: Network): Map<string, number> {
  const people = new Map(network.nodes.map(({ id, population = 0 }) => [id, population]));
  const upstream = passingThrough(network, (id) => people.get(id)!);
  const total = upstream.get(network.plant) || 1;
  return new Map([...upstream].map(([id, count]) => [id, count / total]));
}

/** g/d in m3/d as ng/L. */
const concentrationNgL = (loadGD: number, flowM3D: number) => (loadGD / flowM3D) * 1e6;
