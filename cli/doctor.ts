import { parseArgs } from "node:util";
import { pino } from "pino";
import { exit } from "./exitCodes.ts";
import { failureOf } from "./failure.ts";
import { readSettings } from "./settings.ts";
import { openStores } from "./stores.ts";

export const command = {
  name: "doctor",
  summary: "check Node, the settings and every engine, and say what to mend",
  usage: "usage: sewertrace doctor",
};

export async function run(argv: readonly string[]): Promise<number> {
  parseArgs({ args: [...argv] });
  const say = (ok: boolean | "todo", text: string) =>
    process.stdout.write(`${ok === "todo" ? "todo" : ok ? "ok  " : "FAIL"}  ${text}\n`);
  say(true, `Node ${process.version}`);
  const settings = readSettings();
  say(true, "settings");
  try {
    const stores = await openStores(settings, pino({ level: "silent" }));
    const checks = await Promise.all(
      (["log", "series", "records"] as const).map((name) =>
        stores[name].check().then(
          () => ({ ok: true, text: `${name}: ${stores.engines[name]}` }),
          (error: Error) => ({ ok: false, text: `${name}: ${stores.engines[name]}: ${error.message}` }),
        ),
      ),
    );
    for (const { ok, text } of checks) say(ok, text);
    const sites = await stores.records.sites.list();
    say(
      sites.length > 0 || "todo",
      sites.length > 0 ? `${sites.length} sites` : "no sites yet: `sewertrace import sites FILE` brings them",
    );
    await stores.close();
    return checks.every(({ ok }) => ok) ? exit.ok : exit.network;
  } catch (error) {
    const { message, exitCode } = failureOf(error);
    say(false, `the stores cannot be opened: ${message}`);
    return exitCode;
  }
}
