import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { addDays } from "../../schemas/days.ts";
import { simulateProvince } from "../../simulation/province.ts";
import { startTracedProvince } from "./tracedProvince.ts";

// Method: two simulated plants with a year and a half of daily composites, a dump in the mapped sewer of the first; all roles as one
// process of their own on the real engines; everything asked and sent over HTTP. Then the laboratory takes the high values back.
const SEED = 11;
const DAYS = 540;
const ROUNDS = 5;

it("a dump ends as a lead whose 90 % set holds the true manhole, and a correction retracts it", async () => {
  const endDay = addDays(new Date().toISOString().slice(0, 10), -3);
  const settings = { seed: SEED, plants: 2, days: DAYS, endDay };
  const { province, dump, records, server, receiver, upload, untilLead } = await startTracedProvince(settings);

  let lead = await untilLead(({ anomalyIds }) => anomalyIds.length > 0);
  for (let round = 1; round <= ROUNDS; round++) {
    const nodes: string[] = (lead.posterior?.next ?? []).map(({ node }) => node);
    const before = lead.posterior?.evidence.length ?? 0;
    await upload(province.sampleManholes(nodes, addDays(dump.from, round)));
    lead = await untilLead(({ posterior }) => (posterior?.evidence.length ?? 0) >= before + nodes.length);
  }
  const set = lead.posterior?.credible["90"].nodes ?? [];
  expect(set).toContain(dump.node);
  expect(set.length).toBeLessThan(province.network.nodes.length / 4);
  expect(lead.posterior?.noSource).toBeLessThan(0.05);
  expect(lead.state).toBe("sampling");

  const clean = simulateProvince({ ...settings, dump: null });
  const corrected = [...clean.reports(dump.siteId)]
    .filter(({ sample }) => sample.start >= dump.from)
    .map((report) => ({
      ...report,
      uploadId: `${report.uploadId}-corrected`,
      reportedAt: new Date().toISOString(),
      revision: { reason: "calibrationError" as const, text: "standard was degraded" },
    }));
  await upload(corrected);
  await untilLead(({ state }) => state === "retracted");
  for (let tries = 0; tries < 100 && !receiver.received.has("lead.retracted"); tries++) await wait(100);
  expect([...receiver.received.keys()].sort()).toEqual(["lead.opened", "lead.retracted", "lead.updated"]);
  expect(receiver.forged).toBe(0);
  expect(await records.chains.verify(`lead:${lead.leadId}`)).toBeNull();
  expect(await server.stop(), server.output()).toBe(0);
}, 180_000);
