import { parseArgs } from "node:util";
import { environment } from "../schemas/config.ts";
import { exit } from "./exitCodes.ts";
import { readSettings } from "./settings.ts";

export const command = {
  name: "config",
  summary: "print every setting as this environment gives it, secrets hidden",
  usage: "usage: sewertrace config",
};

const SECRET = /TOKEN|PASSWORD|CLIENT_SECRET|POSTGRES_URL|SMTP_URL/;

export async function run(argv: readonly string[]): Promise<number> {
  parseArgs({ args: [...argv] });
  const settings = readSettings();
  for (const name of Object.keys(environment.shape) as (keyof typeof settings)[]) {
    const value = settings[name];
    const text = value === undefined ? "" : SECRET.test(name) ? "(set, hidden)" : String(value);
    process.stdout.write(`${name}=${text}\n`);
  }
  return exit.ok;
}
