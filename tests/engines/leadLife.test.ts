import { expect, it } from "vitest";
import type { Custody } from "../../analytics/quality/leadCustody.ts";
import type { Authorisation } from "../../schemas/authorisation.ts";
import type { LeadStatistics } from "../../schemas/caseFile.ts";
import { addDays } from "../../schemas/days.ts";
import type { Lead, LeadVersion } from "../../schemas/lead.ts";
import type { SamplingOrder } from "../../schemas/order.ts";
import { simulateProvince } from "../../simulation/province.ts";
import { startTracedProvince } from "./tracedProvince.ts";

// Method: as pipeline.test.ts. The crew is sent out by orders, brings its bottles back by the order's token, and the laboratory reports
// under the bottles' numbers; the lead then goes through its life, and the guards that it meets on the way hold.
const SEED = 11;
const DAYS = 430;
const ROUNDS_MAX = 6;
const LOCALISED_NODES = 5;

it("a dump becomes a lead that is sampled by orders, localised, referred, and counted as a solved case; a correction retracts it", async () => {
  const endDay = addDays(new Date().toISOString().slice(0, 10), -3);
  const dumped = { analyte: "methamphetamine", daysBeforeEnd: 4, timesOrdinary: 4 };
  const settings = { seed: SEED, plants: 2, manholes: 120, days: DAYS, endDay, dump: dumped };
  const { province, dump, records, server, call, refused, upload, untilLead } = await startTracedProvince(settings);
  const { leadId } = await untilLead(({ anomalyIds }) => anomalyIds.length > 0);
  const path = `/leads/${leadId}`;
  const move = (to: Lead["state"], reason = "") => call<Lead>("investigator", "POST", `${path}/transitions`, { to, reason });
  await move("triaged", "no festival, no rain");
  expect((await refused("investigator", "POST", `${path}/transitions`, { to: "localised" })).status).toBe(409);

  let lead = await untilLead(() => true);
  let rounds = 0;
  const isReady = ({ posterior }: Lead) =>
    posterior !== null && posterior.confirmingPair !== null && posterior.credible["90"].nodes.length <= LOCALISED_NODES;
  while (!isReady(lead) && rounds < ROUNDS_MAX) {
    rounds += 1;
    const day = addDays(dump.from, rounds);
    const { order, token } = await call<{ order: SamplingOrder; token: string }>("investigator", "POST", `${path}/orders`, {
      day,
    });
    const reports = province.sampleManholes(
      order.points.map(({ node }) => node),
      day,
    );
    const bottles = reports.map((report, i) => {
      const { sampleId, siteId } = order.points[i] as SamplingOrder["points"][number];
      const { start, end } = report.sample;
      return { ...report, sample: { ...report.sample, sampleId, siteId, seal: `SEAL-${sampleId}`, start, end } };
    });
    for (const { sample } of bottles) {
      const back = {
        taken: true,
        start: sample.start,
        end: sample.end,
        seal: sample.seal,
        container: "amber glass",
        temperatureCel: 4,
      };
      await call({ order: token }, "POST", `/field/orders/${order.orderId}/points/${sample.sampleId}`, {
        ...back,
        collector: "Zhao Min",
      });
    }
    const before = lead.posterior?.evidence.length ?? 0;
    await upload(bottles);
    lead = await untilLead(({ posterior }) => (posterior?.evidence.length ?? 0) >= before + bottles.length);
  }
  expect(rounds).toBeGreaterThanOrEqual(2);
  expect(lead.state).toBe("sampling");
  expect(lead.posterior?.credible["90"].nodes).toContain(dump.node);
  const { items: custody } = await call<{ items: Custody[] }>("investigator", "GET", `${path}/custody`);
  expect(custody.map(({ state, findings }) => [state, findings])).toEqual(custody.map(() => ["received", []]));
  expect(custody).toHaveLength(3 * rounds);

  await move("localised", "two days, sealed samples");
  const refer = { to: "referred", reason: "to the case team" };
  const alone = await refused("investigator", "POST", `${path}/transitions`, refer);
  expect([alone.status, alone.detail]).toEqual([409, expect.stringContaining("second person")]);
  const asked = await call<Authorisation>("investigator", "POST", "/authorisations", {
    subject: { kind: "lead", id: leadId },
    legalBasis: "Code of criminal procedure, article 12",
    reference: "2026-117",
    validUntil: new Date(Date.now() + 86_400_000).toISOString(),
  });
  const decision = { decision: "approved", reason: "seen" };
  const decisions = `/authorisations/${asked.authorisationId}/decisions`;
  expect((await refused("investigator", "POST", decisions, decision)).detail).toContain("another person");
  await call("admin", "POST", decisions, decision);
  await call("investigator", "POST", `${path}/transitions`, refer);
  await call("investigator", "POST", `${path}/outcomes`, {
    caseNumber: "2026-117",
    result: "solved",
    date: endDay,
    text: "a laboratory",
  });
  const counted = await call<LeadStatistics>("investigator", "GET", "/leads/statistics");
  expect(counted.counts).toMatchObject({ leadsWithCases: 1, casesSupported: 1, casesSolved: 1 });
  expect(await call("investigator", "GET", `${path}/report.html?lang=en`)).toContain(dump.node);
  const { items: versions } = await call<{ items: LeadVersion[] }>("investigator", "GET", `${path}/versions`);
  const states = versions.flatMap(({ changes }) => changes.filter(({ code }) => code === "state").map(({ en }) => en));
  expect(states).toEqual([
    "State: open to triaged.",
    "State: triaged to sampling.",
    "State: sampling to localised.",
    "State: localised to referred.",
  ]);

  // the values that raised it are taken back: what was referred is retracted, and its case no longer counts
  const clean = simulateProvince({ ...settings, dump: null });
  const revision = { reason: "calibrationError" as const, text: "standard was degraded" };
  const corrected = [...clean.reports(dump.siteId)].filter(({ sample }) => sample.start >= dump.from);
  await upload(
    corrected.map((report) => ({
      ...report,
      uploadId: `${report.uploadId}-corrected`,
      reportedAt: new Date().toISOString(),
      revision,
    })),
  );
  await untilLead(({ state }) => state === "retracted");
  const after = await call<LeadStatistics>("investigator", "GET", "/leads/statistics");
  expect(after.counts).toMatchObject({ leadsWithCases: 0, casesSupported: 0 });
  for (const chain of [`lead:${leadId}`, "audit"]) expect(await records.chains.verify(chain)).toBeNull();
  expect(await server.stop(), server.output()).toBe(0);
}, 240_000);
