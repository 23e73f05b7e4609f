import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import type { AssayReport } from "../schemas/assay.ts";
import type { Site } from "../schemas/site.ts";
import { type Province, simulateProvince } from "../simulation/province.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { dayOf, wholeNumber } from "./optionValues.ts";
import { openProgress } from "./progress.ts";

export const command = {
  name: "simulate",
  summary: "write a simulated province, with its truth, to a folder",
  usage: `usage: sewertrace simulate --out FOLDER [--seed 1] [--plants 40] [--manholes 300] [--days 730] [--end-day DAY] [--no-dump]
                           [--format json|csv]

Writes sites.json, network.json and truth.json, and the history of the plants: with --format json readings.ndjson and
reports.ndjson, one message of the log a line; with --format csv loads.csv, one result a row, as \`sewertrace detect\` reads it.
The same options give the same bytes.
--end-day  last day of the history (2026-06-30 unless given)
--no-dump  nothing is dumped into the mapped sewer`,
};

const FORMATS = ["json", "csv"] as const;
type Format = (typeof FORMATS)[number];

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      out: { type: "string" },
      seed: { type: "string", default: "1" },
      plants: { type: "string", default: "40" },
      manholes: { type: "string", default: "300" },
      days: { type: "string", default: "730" },
      "end-day": { type: "string", default: "2026-06-30" },
      "no-dump": { type: "boolean", default: false },
      format: { type: "string", default: "json" },
    },
  });
  const { out } = values;
  if (out === undefined) throw new CommandError(`--out names the folder to write to.\n${command.usage}`, exit.usage);
  const format = FORMATS.find((one) => one === values.format);
  if (!format) throw new CommandError(`--format is one of ${FORMATS.join(", ")}, not "${values.format}"`, exit.usage);
  const province = simulateProvince({
    seed: wholeNumber("seed", values.seed, 0),
    plants: wholeNumber("plants", values.plants, 1),
    manholes: wholeNumber("manholes", values.manholes, 1),
    days: wholeNumber("days", values.days, 1),
    endDay: dayOf("end-day", values["end-day"]),
    ...(values["no-dump"] ? { dump: null } : {}),
  });
  await mkdir(out, { recursive: true });
  await writeProvince(province, out, format);
  return exit.ok;
}

async function writeProvince(province: Province, out: string, format: Format): Promise<void> {
  const progress = openProgress();
  const plants = province.sites.filter(({ kind }) => kind === "wwtp");
  const write = async (name: string, lines: Iterable<string>) => {
    progress.show(`writing ${name}`);
    const path = join(out, name);
    await pipeline(Readable.from(chunksOf(lines)), createWriteStream(path));
    progress.say(`wrote ${path}`);
  };
  const writeJson = (name: string, value: unknown) => writeFile(join(out, name), `${JSON.stringify(value, null, 2)}\n`);
  await writeJson("sites.json", province.sites);
  await writeJson("network.json", province.network);
  await writeJson("truth.json", province.truth);
  if (format === "csv") {
    await write("loads.csv", csvLines(province, plants));
  } else {
    await write("readings.ndjson", jsonLines(plants.values().flatMap(({ siteId }) => province.readings(siteId))));
    await write("reports.ndjson", jsonLines(plants.values().flatMap(({ siteId }) => province.reports(siteId))));
  }
  progress.end();
}

function* jsonLines(values: Iterable<unknown>): Generator<string> {
  for (const value of values) yield JSON.stringify(value);
}

const CSV_COLUMNS = "site,analyte,date,value,unit,loq,censored,flow_m3_d,population,method,sample_id";

function* csvLines(province: Province, plants: readonly Site[]): Generator<string> {
  yield CSV_COLUMNS;
  for (const plant of plants) {
    const flows = new Map([...province.readings(plant.siteId)].flat().map(({ time, value }) => [time.slice(0, 10), value]));
    for (const report of province.reports(plant.siteId)) yield* csvRows(report, plant, flows);
  }
}

/** No cell can hold a comma or a quote: names are ids, the rest numbers. */
function* csvRows({ sample, results }: AssayReport, plant: Site, flows: ReadonlyMap<string, number>): Generator<string> {
  const day = sample.start.slice(0, 10);
  for (const { analyte, value, unit, loq, censoring, method } of results) {
    const censored = censoring !== "none";
    yield [
      sample.siteId,
      analyte,
      day,
      censored ? "" : value,
      unit,
      loq,
      censored,
      flows.get(day),
      plant.population?.people,
      method,
      sample.sampleId,
    ].join(",");
  }
}

const LINES_PER_CHUNK = 1_000;

/** A write a thousand lines: one a line would cost more than making the line. */
function* chunksOf(lines: Iterable<string>): Generator<string> {
  let chunk: string[] = [];
  for (const line of lines) {
    chunk.push(line);
    if (chunk.length < LINES_PER_CHUNK) continue;
    yield `${chunk.join("\n")}\n`;
    chunk = [];
  }
  if (chunk.length > 0) yield `${chunk.join("\n")}\n`;
}
