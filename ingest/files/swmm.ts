import { type Network, type NetworkCheck, type NetworkLink, type NetworkNode, network } from "../../schemas/network.ts";
import { type Refusal, refusalsOf } from "../../schemas/refusal.ts";
import type { NetworkRead } from "./networkJson.ts";
import { largestOutfall } from "./plantOf.ts";

/** m3/s in each flow unit of SWMM 5; the first three come with feet, the others with metres. */
const FLOW_UNITS: Record<string, { m3S: number; metres: number }> = {
  CFS: { m3S: 0.028316846592, metres: 0.3048 },
  GPM: { m3S: 6.30901964e-5, metres: 0.3048 },
  MGD: { m3S: 0.0438126364, metres: 0.3048 },
  CMS: { m3S: 1, metres: 1 },
  LPS: { m3S: 1e-3, metres: 1 },
  MLD: { m3S: 1e6 / 86_400_000, metres: 1 },
};

const LINK_SECTIONS = ["CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS"];

/** Share of dry-weather flow by an outlet that starts above its node's lowest: an overflow, as a rule. */
const SHARE_OF_RAISED_OUTLET = 0.02;

/** Kinds of divider whose diverted link runs only when the sewer is full. */
const DIVERTS_WHEN_FULL = ["OVERFLOW", "CUTOFF", "WEIR"];

/** Height above a node's lowest outlet from which an outlet runs only when the sewer is full, m. */
const RAISED_M = 0.05;

/** Mean velocity of a part-full sewer relative to the same pipe full. */
const PART_FULL = 0.7;

/**
 * Reads an EPA SWMM 5 input file (`.inp`): nodes, links, cross-sections, dry-weather flows with their patterns, constant inflows,
 * coordinates and flow units. The plant is the named outfall, else the one most dry-weather flow drains to.
 */
export function readSwmm(text: string, file: string, plantId?: string): NetworkRead {
  const { sections, lineOf } = readSections(text);
  const refusals: Refusal[] = [];
  const checks: NetworkCheck[] = [];
  const units = (sections.get("OPTIONS") ?? []).find(([key]) => key === "FLOW_UNITS")?.[1]?.toUpperCase() ?? "CFS";
  const unit = FLOW_UNITS[units];
  if (!unit) {
    const mend = "Correct FLOW_UNITS in [OPTIONS].";
    return {
      refusals: [
        {
          code: "unit_unknown",
          where: { file, sheet: "OPTIONS" },
          found: units,
          expected: Object.keys(FLOW_UNITS).join(", "),
          mend,
        },
      ],
    };
  }
  const number = (row: readonly string[], column: number, section: string, fallback?: number): number => {
    const found = row[column];
    if ((found === undefined || found === "*") && fallback !== undefined) return fallback;
    const value = Number(found);
    if (found !== undefined && Number.isFinite(value)) return value;
    const where = { file, sheet: section, row: lineOf.get(row) };
    refusals.push({
      code: "not_a_number",
      where,
      found: found ?? "nothing",
      expected: `a number in column ${column + 1}`,
      mend: "Correct the line.",
    });
    return 0;
  };

  const nodes = new Map<string, NetworkNode & { invertM: number }>();
  const kinds = { JUNCTIONS: "junction", OUTFALLS: "outfall", STORAGE: "storage", DIVIDERS: "divider" };
  for (const [section, kind] of Object.entries(kinds)) {
    for (const row of sections.get(section) ?? []) {
      nodes.set(row[0]!, { id: row[0]!, kind, invertM: number(row, 1, section, 0) * unit.metres });
    }
  }
  for (const row of sections.get("COORDINATES") ?? []) {
    const node = nodes.get(row[0]!);
    if (node) Object.assign(node, { x: number(row, 1, "COORDINATES"), y: number(row, 2, "COORDINATES") });
  }
  const patterns = patternMeans(sections.get("PATTERNS") ?? []);
  const addFlow = (id: string, m3S: number) => {
    const node = nodes.get(id);
    if (node && m3S > 0) node.dryWeatherFlowM3S = (node.dryWeatherFlowM3S ?? 0) + m3S;
  };
  for (const row of sections.get("DWF") ?? []) {
    if (row[1]?.toUpperCase() !== "FLOW") continue;
    const factor = row.slice(3).reduce((product, name) => product * (patterns.get(name) ?? 1), 1);
    addFlow(row[0]!, number(row, 2, "DWF") * unit.m3S * factor);
  }
  for (const row of sections.get("INFLOWS") ?? []) {
    if (row[1]?.toUpperCase() !== "FLOW") continue;
    addFlow(row[0]!, number(row, 6, "INFLOWS", 0) * number(row, 5, "INFLOWS", 1) * unit.m3S * (patterns.get(row[7] ?? "") ?? 1));
  }

  const links = readLinks(sections, nodes, unit.metres, number);
  for (const link of links) {
    for (const end of [link.from, link.to]) {
      if (nodes.has(end)) continue;
      const mend = "Add the node, or leave the link out.";
      refusals.push({ code: "node_unknown", where: { file, path: link.id }, found: end, expected: "a node of the file", mend });
    }
  }
  if (refusals.length > 0) return { refusals };
  const plain = [...nodes.values()].map(({ invertM, ...node }): NetworkNode => node);
  const plant = plantId ?? largestOutfall(plain, links, checks);
  const value: Network = { id: idOf(file), plant: plant ?? "", nodes: plain, links };
  const parsed = network.safeParse(value);
  return parsed.success ? { network: parsed.data, checks } : { refusals: refusalsOf(parsed.error, value, { file }) };
}

/** A network id from a file's name: what an id may not hold becomes `-`. */
export function idOf(file: string): string {
  const stem = file.replace(/^.*[\\/]/, "").replace(/\.[^.]*$/, "");
  return (
    stem
      .replace(/[^\p{L}\p{N}._-]/gu, "-")
      .replace(/^[._-]+/, "")
      .slice(0, 64) || "network"
  );
}

function readSections(text: string): { sections: Map<string, string[][]>; lineOf: Map<readonly string[], number> } {
  const sections = new Map<string, string[][]>();
  const lineOf = new Map<readonly string[], number>();
  let rows: string[][] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/;.*$/, "").trim();
    if (line.startsWith("[")) {
      const name = line.slice(1).replace(/\].*$/, "").trim().toUpperCase();
      rows = sections.get(name) ?? [];
      sections.set(name, rows);
      continue;
    }
    if (line === "") continue;
    const row = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
    rows.push(row);
    lineOf.set(row, i + 1);
  }
  return { sections, lineOf };
}

const PATTERN_KINDS = ["MONTHLY", "DAILY", "HOURLY", "WEEKEND"];

function patternMeans(rows: readonly (readonly string[])[]): Map<string, number> {
  const values = new Map<string, number[]>();
  for (const [name, ...rest] of rows) {
    const factors = PATTERN_KINDS.includes(rest[0]?.toUpperCase() ?? "") ? rest.slice(1) : rest;
    values.set(name!, [...(values.get(name!) ?? []), ...factors.map(Number).filter(Number.isFinite)]);
  }
  return new Map([...values].map(([name, own]) => [name, own.length > 0 ? own.reduce((sum, x) => sum + x, 0) / own.length : 1]));
}

type NumberAt = (row: readonly string[], column: number, section: string, fallback?: number) => number;

function readLinks(
  sections: ReadonlyMap<string, string[][]>,
  nodes: ReadonlyMap<string, { invertM: number }>,
  metres: number,
  number: NumberAt,
): NetworkLink[] {
  const elevations = (sections.get("OPTIONS") ?? []).some(([key, value]) => key === "LINK_OFFSETS" && value === "ELEVATION");
  const shapes = new Map((sections.get("XSECTIONS") ?? []).map((row) => [row[0]!, row]));
  const links: (NetworkLink & { inletM: number })[] = [];
  for (const section of LINK_SECTIONS) {
    for (const row of sections.get(section) ?? []) {
      const [id, from, to] = row as [string, string, string];
      const height = (node: string, column: number) => {
        const invertM = nodes.get(node)?.invertM ?? 0;
        const offset = number(row, column, section, elevations ? invertM / metres : 0) * metres;
        return elevations ? offset : invertM + offset;
      };
      const offsetAt = { CONDUITS: 5, ORIFICES: 4, WEIRS: 4, OUTLETS: 3 }[section];
      const link: NetworkLink & { inletM: number } = {
        id,
        from,
        to,
        inletM: offsetAt ? height(from, offsetAt) : (nodes.get(from)?.invertM ?? 0),
      };
      const diameterM = number(shapes.get(id) ?? [], 2, "XSECTIONS", 0) * metres;
      if (diameterM > 0) link.diameterM = diameterM;
      if (section === "CONDUITS") {
        link.lengthM = number(row, 3, section) * metres;
        if (link.lengthM > 0) link.slope = (link.inletM - height(to, 6)) / link.lengthM;
        const roughness = number(row, 4, section, 0.013);
        if (diameterM > 0 && roughness > 0 && (link.slope ?? 0) > 0) {
          const full = ((diameterM / 4) ** (2 / 3) * Math.sqrt(link.slope!)) / roughness; // Manning
          link.velocityMS = Math.min(3, Math.max(0.1, PART_FULL * full));
        }
      }
      links.push(link);
    }
  }
  const diverted = new Set(
    (sections.get("DIVIDERS") ?? [])
      .filter((row) => DIVERTS_WHEN_FULL.includes(row[3]?.toUpperCase() ?? ""))
      .map((row) => row[2]),
  );
  const lowest = new Map<string, number>();
  for (const { from, inletM } of links) lowest.set(from, Math.min(lowest.get(from) ?? Infinity, inletM));
  return links.map(({ inletM, ...link }) =>
    inletM - lowest.get(link.from)! > RAISED_M || diverted.has(link.id)
      ? { ...link, splitFraction: SHARE_OF_RAISED_OUTLET }
      : link,
  );
}
