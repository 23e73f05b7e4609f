import { afterAll, beforeAll, expect, it } from "vitest";
import type { Role } from "../../schemas/key.ts";
import { AT } from "../store/records/nouns.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let address: string;
beforeAll(async () => {
  world = await openWorld();
  address = await world.api.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(() => world.close());

interface Event {
  id?: string;
  event: string;
  data: { data: Record<string, unknown>; lags: unknown[]; changes: number };
}

/** Events as a browser would read them, until enough have come. */
async function read(who: Role, enough: (events: Event[]) => boolean, lastEventId?: string): Promise<Event[]> {
  const stop = new AbortController();
  const headers = { ...world.as(who), ...(lastEventId ? { "last-event-id": lastEventId } : {}) };
  const response = await fetch(`${address}/api/v1/stream?purpose=follow%20the%20leads`, { headers, signal: stop.signal });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split("\n\n").slice(0, -1).flatMap(eventOf);
    if (enough(events)) {
      stop.abort();
      return events;
    }
  }
  throw new Error("the stream ended");
}

function eventOf(block: string): Event[] {
  const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
  return fields.event ? [{ ...fields, data: JSON.parse(fields.data) } as Event] : [];
}

let told = 0;
const tell = (event: "anomaly.raised" | "lead.opened", subject: string, createdAt = AT) =>
  world.records.outbox.enqueue({
    messageId: `msg-${++told}`,
    event,
    subject,
    payload: { type: event, data: { subject } },
    createdAt,
  });
const names = (events: Event[]) => events.filter(({ id }) => id).map(({ event, data }) => `${event} ${data.data["subject"]}`);

it("what is told after the stream was opened comes, what was told before does not, and the pipeline's state is told", async () => {
  await tell("anomaly.raised", "before");
  const events = await read("investigator", (seen) => {
    if (seen.some(({ event }) => event === "pipeline") && told === 1)
      void tell("anomaly.raised", "after").then(() => tell("lead.opened", "l"));
    return names(seen).length === 2;
  });
  expect(names(events)).toEqual(["anomaly.raised after", "lead.opened l"]);
  const pipeline = events.find(({ event }) => event === "pipeline")?.data;
  expect(pipeline?.lags).toHaveLength(3);
  expect(pipeline?.changes).toBe(0);
});

it("a reader that comes back gets what it missed, also what was written late with an earlier time", async () => {
  await tell("anomaly.raised", "first", "2026-05-06T08:00:01.000Z");
  const id = `2026-05-06T08:00:01.000Z/msg-${told}`;
  await tell("anomaly.raised", "late", "2026-05-06T08:00:00.500Z");
  await tell("anomaly.raised", "second", "2026-05-06T08:00:02.000Z");
  const events = await read("analyst", (seen) => names(seen).includes("anomaly.raised second"), id);
  expect(names(events)).toContain("anomaly.raised late");
  expect(names(events)).not.toContain("anomaly.raised first");
  expect(new Set(events.map((each) => each.id)).size).toBe(events.length);
});

it("an analyst sees no lead; a lead shown in a stream is in the audit log", async () => {
  await tell("lead.opened", "lead-secret", "2026-05-06T08:00:03.000Z");
  await tell("anomaly.raised", "shown", "2026-05-06T08:00:04.000Z");
  const from = "2026-05-06T08:00:02.500Z/x";
  const analyst = await read("analyst", (seen) => names(seen).includes("anomaly.raised shown"), from);
  expect(names(analyst).filter((name) => name.startsWith("lead"))).toEqual([]);
  const views = async () => (await world.records.chains.list("audit")).filter(({ subject }) => subject === "lead-secret");
  expect(await views()).toEqual([]);
  await read("investigator", (seen) => names(seen).includes("lead.opened lead-secret"), from);
  expect(await views()).toMatchObject([
    { actor: "the investigator", action: "lead.viewed", content: { what: "stream", purpose: "follow the leads" } },
  ]);
});

it("the server can end while streams are open", async () => {
  const own = await openWorld();
  const url = await own.api.listen({ port: 0, host: "127.0.0.1" });
  const response = await fetch(`${url}/api/v1/stream`, { headers: own.as("analyst") });
  const rest = response.text();
  await own.close();
  expect(await rest).toContain("retry: 3000");
});
