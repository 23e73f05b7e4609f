import { parseArgs } from "node:util";
import { pino } from "pino";
import { type DeadLetter, deadLetter } from "../schemas/deadLetter.ts";
import { TOPICS, type Topic } from "../store/log/log.ts";
import { CommandError, exit } from "./exitCodes.ts";
import { oneOf, wholeNumber } from "./optionValues.ts";
import { readSettings } from "./settings.ts";
import { openStores, type Stores } from "./stores.ts";

export const command = {
  name: "dead-letters",
  summary: "list, show or retry what ingest refused",
  usage: `usage: sewertrace dead-letters list [--code CODE] [--state open|replayed|dismissed] [--limit 50] [--json]
       sewertrace dead-letters show ID
       sewertrace dead-letters retry ID...|--all [--code CODE]`,
};

/** Letters that one command lists or sends again; what is left is for the next. */
const RETRIES_MAX = 10_000;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      code: { type: "string" },
      state: { type: "string", default: "open" },
      limit: { type: "string", default: "50" },
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const [action, ...ids] = positionals;
  const state = oneOf("state", values.state, deadLetter.shape.state.options);
  const limit = wholeNumber("limit", values.limit, 1, RETRIES_MAX);
  const filter = { state, ...(values.code ? { code: values.code } : {}) };
  const stores = await openStores(readSettings(), pino({ level: "silent" }));
  try {
    if (action === "list") return print(await stores.records.deadLetters.list({ ...filter, limit }), values.json);
    if (action === "show" && ids[0]) return print([await found(stores, ids[0])], true);
    if (action === "retry" && values.all)
      return await retry(stores, await stores.records.deadLetters.list({ ...filter, limit: RETRIES_MAX }));
    if (action === "retry" && ids.length > 0) return await retry(stores, await Promise.all(ids.map((id) => found(stores, id))));
    throw new CommandError(command.usage, exit.usage);
  } finally {
    await stores.close();
  }
}

async function found({ records }: Stores, id: string): Promise<DeadLetter> {
  const letter = await records.deadLetters.find(id);
  if (!letter)
    throw new CommandError(`there is no dead letter ${id}; \`sewertrace dead-letters list\` shows them`, exit.dataRefused);
  return letter;
}

/** Sends the original message again: what it holds besides the refused item is already stored and does not count twice. */
async function retry({ log, records }: Stores, letters: readonly DeadLetter[]): Promise<number> {
  for (const { deadLetterId, topic, value, headers } of letters) {
    if (!TOPICS.includes(topic as Topic))
      throw new CommandError(`dead letter ${deadLetterId} is of no topic known here: ${topic}`, exit.internal);
    const bytes = Buffer.from(value, "base64");
    await log.publish(topic as Topic, [{ key: siteOf(bytes) ?? deadLetterId, value: bytes, headers }]);
    await records.deadLetters.setState(deadLetterId, "replayed");
  }
  process.stderr.write(`${letters.length} sent again; those refused once more come back as new dead letters\n`);
  return exit.ok;
}

/** The key orders a site's data; what cannot be read has no order to keep. */
function siteOf(bytes: Buffer): string | undefined {
  try {
    const value = JSON.parse(bytes.toString()) as { siteId?: string; sample?: { siteId?: string } } | [{ siteId?: string }];
    return Array.isArray(value) ? value[0].siteId : (value.siteId ?? value.sample?.siteId);
  } catch {
    return undefined;
  }
}

function print(letters: readonly DeadLetter[], json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(letters, undefined, 2)}\n`);
  else for (const letter of letters) process.stdout.write(`${line(letter)}\n`);
  return exit.ok;
}

function line({ deadLetterId, topic, partition, offset, refusals }: DeadLetter): string {
  const [first] = refusals;
  const where = [`${topic}/${partition}@${offset}`, first?.where.path].filter(Boolean).join(" ");
  return `${deadLetterId}  ${where}  ${first?.code}: found ${first?.found}, expected ${first?.expected}`;
}
