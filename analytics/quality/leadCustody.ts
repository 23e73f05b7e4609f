import type { Bilingual } from "../../schemas/anomaly.ts";
import type { PointReturn, SamplingOrder } from "../../schemas/order.ts";
import type { CustodyEvent, Sample } from "../../schemas/sample.ts";

/** One bottle from order to laboratory: what the crew brought, what the laboratory received, and what does not fit. */
export interface Custody {
  sampleId: string;
  siteId: string;
  node: string;
  orderId: string;
  day: string;
  returned: PointReturn | null;
  /** The hand-overs of crew and laboratory, in order of time. */
  events: CustodyEvent[];
  state: "ordered" | "notTaken" | "taken" | "received" | "broken";
  /** What does not fit, in words. */
  findings: Bilingual[];
}

/** Warmer than this on its way a sample may have changed (ISO 5667-10: cooled to 1–5 °C; 8 °C is taken as the limit in practice). */
const TRANSPORT_CEL_MAX = 8;
/** Clocks of phones and samplers differ by minutes. */
const CLOCK_MS = 15 * 60_000;

/** @param samples what the laboratory reported, by sample id */
export function custodyOf(orders: readonly SamplingOrder[], samples: ReadonlyMap<string, Sample>): Custody[] {
  return orders.flatMap(({ orderId, day, points }) =>
    points.map((point): Custody => {
      const { sampleId, siteId, node, returned } = point;
      const sample = samples.get(sampleId);
      const findings = sample ? findingsOf(returned, sample, siteId) : [];
      const events = [...crewEvents(returned), ...(sample?.custody ?? [])].toSorted(
        (a, b) => Date.parse(a.time) - Date.parse(b.time),
      );
      return { sampleId, siteId, node, orderId, day, returned, events, state: stateOf(returned, sample, findings), findings };
    }),
  );
}

function stateOf(returned: PointReturn | null, sample: Sample | undefined, findings: readonly Bilingual[]): Custody["state"] {
  if (findings.length > 0) return "broken";
  if (sample) return "received";
  return returned === null ? "ordered" : returned.taken ? "taken" : "notTaken";
}

function crewEvents(returned: PointReturn | null): CustodyEvent[] {
  if (!returned?.taken) return [];
  const { start, end, seal, collector, temperatureCel, latitude, longitude, container } = returned;
  const place =
    latitude === undefined || longitude === undefined ? {} : { place: `${latitude.toFixed(6)}, ${longitude.toFixed(6)}` };
  return [
    { time: start, action: "collected", by: collector, note: container, ...place },
    { time: end, action: "sealed", by: collector, seal, temperatureCel, ...place },
  ];
}

function findingsOf(returned: PointReturn | null, sample: Sample, siteId: string): Bilingual[] {
  const found: Bilingual[] = [];
  const add = (en: string, zh: string) => found.push({ en, zh });
  if (sample.siteId !== siteId)
    add(`reported for ${sample.siteId}, ordered at ${siteId}`, `报告点位${sample.siteId}与采样单点位${siteId}不符`);
  if (returned === null) add("analysed, but the crew has brought nothing back yet", "已检测，但采样人员尚未回传");
  if (returned?.taken === false) add("analysed, though the crew reports it was not taken", "已检测，但采样人员报告未采样");
  if (returned?.taken) {
    const seals = new Set([sample.seal, ...(sample.custody ?? []).map(({ seal }) => seal)].filter((seal) => seal !== undefined));
    for (const seal of seals)
      if (seal !== returned.seal)
        add(`seal ${seal} at the laboratory, ${returned.seal} in the field`, `实验室封条${seal}与现场封条${returned.seal}不符`);
    for (const edge of ["start", "end"] as const)
      if (Math.abs(Date.parse(sample[edge]) - Date.parse(returned[edge])) > CLOCK_MS)
        add(
          `${edge} ${sample[edge]} at the laboratory, ${returned[edge]} in the field`,
          `${edge === "start" ? "开始" : "结束"}时间不符：实验室${sample[edge]}，现场${returned[edge]}`,
        );
    if (returned.temperatureCel > TRANSPORT_CEL_MAX)
      add(`${returned.temperatureCel} °C when it was sealed`, `封存时温度${returned.temperatureCel} °C`);
  }
  return found;
}
