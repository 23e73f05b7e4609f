import { z } from "zod";
import { anomaly } from "../schemas/anomaly.ts";
import { chainEntry } from "../schemas/chain.ts";
import { deadLetter } from "../schemas/deadLetter.ts";
import { apiKey } from "../schemas/key.ts";
import { lead } from "../schemas/lead.ts";
import { network } from "../schemas/network.ts";
import { problem } from "../schemas/problem.ts";
import { reading } from "../schemas/reading.ts";
import { refusal } from "../schemas/refusal.ts";
import { site } from "../schemas/site.ts";
import { substance } from "../schemas/substances.ts";
import { upload } from "../schemas/upload.ts";
import { delivery, webhookEndpoint } from "../schemas/webhook.ts";

/** The nouns that OpenAPI writes once, under `components`, so that a generated client has a type of the same name for each. */
export const NOUNS = {
  Anomaly: anomaly,
  ApiKey: apiKey,
  ChainEntry: chainEntry,
  DeadLetter: deadLetter,
  Delivery: delivery,
  Lead: lead,
  Network: network,
  Problem: problem,
  Reading: reading,
  Refusal: refusal,
  Site: site,
  Substance: substance,
  Upload: upload,
  WebhookEndpoint: webhookEndpoint,
};

/** What such a thing looks like; tests/api/openapi.test.ts reads each with its own schema. */
export const EXAMPLES: Partial<Record<keyof typeof NOUNS, unknown>> = {
  Network: {
    id: "harbour",
    plant: "P",
    nodes: [
      { id: "M1", x: 121.61, y: 38.91, kind: "manhole", population: 1_200, dryWeatherFlowM3S: 0.003 },
      { id: "P", x: 121.62, y: 38.92, kind: "plant" },
    ],
    links: [{ id: "M1-P", from: "M1", to: "P", lengthM: 850, diameterM: 0.6, velocityMS: 0.7 }],
  },
  Problem: {
    type: "about:blank",
    title: "Not found",
    status: 404,
    detail: "There is no site harbour-2.",
    instance: "/api/v1/sites/harbour-2",
    requestId: "5e59e589-e8a6-42a1-a29f-52187f52dec5",
  },
  Reading: {
    siteId: "harbour",
    deviceId: "flume-1",
    time: "2026-05-04T08:00:00+08:00",
    quantity: "flow",
    value: 45_000,
    unit: "m3/d",
  },
  Refusal: {
    code: "unit_unknown",
    where: { file: "results-may.xlsx", sheet: "Results", cell: "F14" },
    found: "ngl",
    expected: "one of ng/L, ug/L, mg/L",
    mend: "Correct the cell and send the file again: rows already accepted are not counted twice.",
  },
  Site: {
    siteId: "harbour",
    name: "Harbour treatment plant",
    nameZh: "港湾污水处理厂",
    kind: "wwtp",
    region: "East",
    latitude: 38.92,
    longitude: 121.62,
    timeZone: "Asia/Shanghai",
    population: { people: 180_000, source: "census", year: 2025 },
  },
};

/** Gives the nouns their names in zod's registry, where the writer of OpenAPI looks for them. */
export function nameNouns(): void {
  for (const [id, schema] of Object.entries(NOUNS)) {
    const example = EXAMPLES[id as keyof typeof NOUNS];
    if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id, ...(example ? { examples: [example] } : {}) });
  }
}
