import { type Environment, environment } from "../schemas/config.ts";
import { refusalsOf } from "../schemas/refusal.ts";
import { CommandError, exit } from "./exitCodes.ts";

/** The settings of the environment, or one message that names every wrong one. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Environment {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const lines = refusalsOf(parsed.error, env, {}).map(
      ({ where, found, expected }) => `  ${where.path}: found "${found}", expected ${expected}`,
    );
    throw new CommandError(`the settings are not right:\n${lines.join("\n")}`, exit.usage);
  }
  const misspelt = Object.keys(env).filter(
    (name) => name.startsWith("SEWERTRACE_") && !(name in environment.shape) && !OTHERS.has(name),
  );
  if (misspelt.length > 0) {
    throw new CommandError(`unknown settings: ${misspelt.join(", ")}; \`sewertrace config\` lists all there are`, exit.usage);
  }
  return parsed.data;
}

/** Read by other commands than the server's. */
const OTHERS = new Set(["SEWERTRACE_URL", "SEWERTRACE_KEY"]);
