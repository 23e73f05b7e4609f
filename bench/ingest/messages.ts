import type { Site } from "../../schemas/site.ts";
import type { OutgoingMessage } from "../../store/log/log.ts";

const SITES = 40;
const START_MS = Date.UTC(2026, 0, 1);
const HEADERS = { schema: "sampler-readings/1" };
const PROBES = [
  { deviceId: "probe-flow-1", quantity: "flow", unit: "m3/h", value: 1850 },
  { deviceId: "probe-ph-1", quantity: "ph", unit: "[pH]", value: 7.1 },
  { deviceId: "probe-cond-1", quantity: "conductivity", unit: "uS/cm", value: 900 },
  { deviceId: "probe-temp-1", quantity: "temperature", unit: "Cel", value: 17 },
];
/** 0.1 %, as each of the ways below in turn. */
const MALFORMED_EVERY = 1_000;

export const sites: Site[] = Array.from({ length: SITES }, (_, n) => ({
  siteId: siteIdOf(n),
  name: `Plant ${n}`,
  kind: "wwtp",
  timeZone: "Asia/Shanghai",
}));

/** What a gateway sends: one reading a message, about 150 bytes; every probe of every site once a minute. */
export function message(index: number): OutgoingMessage {
  const siteId = siteIdOf(index % SITES);
  const probe = PROBES[Math.floor(index / SITES) % PROBES.length]!;
  const minute = Math.floor(index / (SITES * PROBES.length));
  const time = new Date(START_MS + minute * 60_000).toISOString();
  const value = Math.round(probe.value * (1 + 0.1 * Math.sin(index)) * 100) / 100;
  const reading = { siteId, ...probe, time, value, status: "ok" };
  return { key: siteId, value: isMalformed(index) ? malformed(index, reading) : JSON.stringify(reading), headers: HEADERS };
}

export const isMalformed = (index: number) => index % MALFORMED_EVERY === MALFORMED_EVERY - 1;

function malformed(index: number, reading: object): string {
  const ways = [
    () => JSON.stringify(reading).slice(0, 90), // cut off on the way
    () => JSON.stringify({ ...reading, unit: "ng/L" }), // no unit of the quantity
    () => JSON.stringify({ ...reading, siteId: "NOBODY-KNOWS" }),
  ];
  return ways[Math.floor(index / MALFORMED_EVERY) % ways.length]!();
}

function siteIdOf(n: number): string {
  return `PLANT-${String(n).padStart(2, "0")}`;
}
