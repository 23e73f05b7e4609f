import { expect, it } from "vitest";
import { mixedStream } from "../../simulation/stream.ts";
import { until } from "../store/log/contract.ts";
import { startRole } from "./roles.ts";
import { expectStored, ingestCommitted, ingestLag, openWorld, publishStream } from "./world.ts";

// Method: members of the ingest group come and go while a stream with malformed and doubled messages is worked on: a second joins in
// mid-batch, the first is killed, a third joins, the second ends in order. To repeat a run: FAULT_SEED=n.
const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 100_000);

it(`a rebalance in mid-batch loses nothing and counts nothing twice (seed ${seed})`, async () => {
  const stream = mixedStream({ seed, readings: 20_000, reports: 2_000 });
  const world = await openWorld();
  const { log, records, settings } = world;
  for (const site of stream.sites) await records.sites.save(site, "2026-01-01T00:00:00.000Z");
  const quarter = Math.ceil(stream.messages.length / 4);
  const publishQuarter = (n: number) => publishStream(log, stream.messages.slice(n * quarter, (n + 1) * quarter));
  const untilAtWork = async (committed: number) => until(async () => (await ingestCommitted(log)) > committed, 10);

  const first = startRole("ingest", settings);
  await publishQuarter(0);
  await untilAtWork(0);
  const second = startRole("ingest", settings);
  await publishQuarter(1);
  await untilAtWork(quarter);
  await first.kill();
  const third = startRole("ingest", settings);
  await publishQuarter(2);
  await untilAtWork(2 * quarter);
  const stopped = second.stop();
  await publishQuarter(3);
  expect(await stopped, second.output()).toBe(0);
  await until(async () => (await ingestLag(log)) === 0, 200);
  expect(await third.stop(), third.output()).toBe(0);

  await expectStored(world, stream);
}, 240_000);
