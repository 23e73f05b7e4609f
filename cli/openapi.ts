import { pino } from "pino";
import { Registry } from "prom-client";
import { buildApi } from "../api/app.ts";
import { environment } from "../schemas/config.ts";
import { openEmbeddedFile } from "../store/embedded.ts";
import { openEmbeddedLog } from "../store/log/embedded.ts";
import { openEmbeddedRecords } from "../store/records/open.ts";
import { openEmbeddedSeries } from "../store/series/embedded.ts";

// Prints the OpenAPI document of this version, for clients that are generated without a running server (`npm run openapi`).
const file = openEmbeddedFile(":memory:");
const app = await buildApi({
  log: openEmbeddedLog(file),
  series: openEmbeddedSeries(file),
  records: await openEmbeddedRecords(file),
  settings: environment.parse({}),
  registry: new Registry(),
  logger: pino({ level: "silent" }),
  now: () => new Date(),
});
process.stdout.write(`${JSON.stringify(app.swagger(), null, 2)}\n`);
await app.close();
await file.close();
