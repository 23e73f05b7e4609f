import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { addKey } from "../api/auth/keys.ts";
import { ANALYTICS_GROUP } from "../analytics/worker/worker.ts";
import { INGEST_GROUP, INGEST_TOPICS } from "../ingest/worker.ts";
import { publishAll, readingsMessage, reportMessage } from "../ingest/publish.ts";
import type { Role as KeyRole } from "../schemas/key.ts";
import type { Lead } from "../schemas/lead.ts";
import { type Province, simulateProvince } from "../simulation/province.ts";
import { exit } from "./exitCodes.ts";
import { importEuda, saveSites } from "./import.ts";
import { openProgress, type Progress } from "./progress.ts";
import { startReceiver } from "./receiver.ts";
import { ROLES, startRoles } from "./roles.ts";
import { readSettings } from "./settings.ts";
import { openStores, type Stores } from "./stores.ts";

export const command = {
  name: "demo",
  summary: "a province and real European data through the whole pipeline, to a lead and the dashboard",
  usage: `usage: sewertrace demo [--seed 1] [--plants 40]

Keeps its data in the folder data/demo (SEWERTRACE_DATA_DIR changes that); remove the folder to begin anew. Ctrl-C ends it.`,
};

const EUDA = fileURLToPath(new URL("../schemas/reference/data/", import.meta.url));
