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
import { EXAMPLES } from "./examples.ts";

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

/** Gives the nouns their names in zod's registry, where the writer of OpenAPI looks for them. */
export function nameNouns(): void {
  for (const [id, schema] of Object.entries(NOUNS)) {
    if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id, examples: [EXAMPLES[id as keyof typeof NOUNS]] });
  }
}
