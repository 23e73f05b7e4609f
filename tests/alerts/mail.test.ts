import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect, it, onTestFinished, vi } from "vitest";
import { AT, anomalyOf } from "../store/records/nouns.ts";
import { HOUR_MS, running, until } from "./running.ts";

vi.setConfig({ testTimeout: 30_000 });

/** A real mail server on this machine that keeps what it takes. */
async function mailServer(options: SMTPServerOptions = {}) {
  const letters: { to: string[]; from: string; raw: string; user: string | undefined }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username, password }, _session, done) =>
      password === "right" ? done(null, { user: username }) : done(new Error("no such user")),
    async onData(stream, { envelope, user }, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const to = envelope.rcptTo.map(({ address }) => address);
      letters.push({
        to,
        from: envelope.mailFrom ? envelope.mailFrom.address : "",
        raw: Buffer.concat(chunks).toString(),
        user: user as string | undefined,
      });
      done();
    },
    ...options,
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  onTestFinished(() => new Promise<void>((done) => server.close(() => done())));
  const { port } = server.server.address() as AddressInfo;
  return { letters, url: `smtp://ops:right@127.0.0.1:${port}` };
}

const settingsOf = (url: string) => ({ SEWERTRACE_SMTP_URL: url, SEWERTRACE_MAIL_FROM: "Sewertrace <alerts@example.org>" });
const email = { format: "email", url: "mailto:duty@example.org" } as const;
const payload = { type: "anomaly.raised", data: anomalyOf("2026-05-04", { anomalyId: "anomaly-1" }) };
const raised = { event: "anomaly.raised", subject: "anomaly-1", payload } as const;
const header = (raw: string, name: string) => new RegExp(`^${name}: (.*)$`, "im").exec(raw)?.[1]?.trim();

/** The body as it is read: base64 or quoted-printable undone. */
function textOf(raw: string): string {
  const body = raw.slice(raw.indexOf("\r\n\r\n") + 4);
  if (header(raw, "content-transfer-encoding") === "base64") return Buffer.from(body, "base64").toString();
  const bytes = body
    .replace(/=\r\n/g, "")
    .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

it("an alert arrives as a letter, signed in to the server, in the mailbox's language", async (context) => {
  const { letters, url } = await mailServer();
  const { endpoint, tell, deliveries, records } = await running(context, () => undefined, settingsOf(url));
  await records.sites.save({ siteId: "plant-a", name: "Plant A", nameZh: "甲污水厂", kind: "wwtp", timeZone: "UTC" }, AT);
  await endpoint("en", email);
  await endpoint("zh", { ...email, url: "mailto:zhiban@example.org", language: "zh" });
  await tell("m-1", "anomaly-1", raised);
  await until(() => letters.length === 2);
  const zh = letters.find(({ to }) => to[0] === "zhiban@example.org")?.raw ?? "";
  const en = letters.find(({ to }) => to[0] === "duty@example.org")?.raw ?? "";
  expect(letters.map(({ from, user }) => [from, user])).toEqual(Array(2).fill(["alerts@example.org", "ops"]));
  expect(header(en, "subject")).toBe("[Sewertrace] Anomaly: MDMA, Plant A");
  expect(header(en, "message-id")).toBe("<m-1.en@example.org>");
  expect(textOf(en)).toContain("three times");
  expect(textOf(zh)).toContain("实测：9 g/d，预期：3 g/d");
  const [delivery] = await until(async () => (await deliveries("en"))[0]?.state === "delivered" && deliveries("en"));
  expect(delivery?.attempts).toMatchObject([{ status: 250, error: null }]);
});

it("a server that says later is tried again with the same letter; one that says no is not", async (context) => {
  let refusals = 0;
  const { letters, url } = await mailServer({
    onRcptTo({ address }, _session, done) {
      const code = address.startsWith("nobody") ? 550 : refusals++ === 0 ? 451 : 0;
      done(code ? Object.assign(new Error("not now"), { responseCode: code }) : undefined);
    },
  });
  const { endpoint, tell, deliveries, pass, records } = await running(context, () => undefined, settingsOf(url));
  await endpoint("later", email);
  await endpoint("never", { ...email, url: "mailto:nobody@example.org" });
  await tell("m-1", "anomaly-1", raised);
  const [never] = await until(async () => (await deliveries("never"))[0]?.state === "failed" && deliveries("never"));
  expect(never?.attempts).toMatchObject([{ status: 550 }]);
  expect((await records.webhooks.find("never", ""))?.endpoint.active).toBe(true); // one letter is no proof
  const [later] = await until(async () => (await deliveries("later"))[0]?.attempts.length === 1 && deliveries("later"));
  expect(later).toMatchObject({ state: "waiting", attempts: [{ status: 451 }] });
  pass(10_000);
  await until(() => letters.length === 1);
  expect(header(letters[0]?.raw ?? "", "message-id")).toBe("<m-1.later@example.org>");
});

it("without a mail server the delivery says which settings are missing", async (context) => {
  const { endpoint, tell, deliveries } = await running(context, () => undefined);
  await endpoint("e-1", email);
  await tell("m-1", "anomaly-1", raised);
  const [failed] = await until(async () => (await deliveries("e-1"))[0]?.attempts.length === 1 && deliveries("e-1"));
  expect(failed?.attempts[0]?.error).toMatch(/SEWERTRACE_SMTP_URL.*SEWERTRACE_MAIL_FROM/);
});

it("the owner of an endpoint that is paused is told by mail, and who asked for it by webhook; once", async (context) => {
  const { letters, url } = await mailServer();
  const answer = (path: string) => (path === "/dead" ? 410 : 200);
  const { endpoint, tell, receiver, records } = await running(
    context,
    ({ path }, response) => response.writeHead(answer(path)).end(),
    settingsOf(url),
  );
  await endpoint("dead", { contact: "li@example.org", description: "duty room" });
  await endpoint("ops", { events: ["webhook.paused"] });
  for (let i = 0; i < 5; i++) await tell(`m-${i}`, `anomaly-${i}`, { ...raised, subject: `anomaly-${i}` });
  await until(() => letters.length > 0 && receiver.to("/ops").length > 0);
  await new Promise((done) => setTimeout(done, 1_200));
  expect(letters.map(({ to }) => to)).toEqual([["li@example.org"]]);
  expect(header(letters[0]?.raw ?? "", "subject")).toBe("[Sewertrace] Your alerts are paused");
  expect(textOf(letters[0]?.raw ?? "")).toContain("Reason: the receiver answered 410");
  expect(receiver.to("/ops").map(({ body }) => JSON.parse(body).data)).toEqual([
    { endpointId: "dead", description: "duty room", owner: "Li", reason: "the receiver answered 410" },
  ]);
  expect((await records.webhooks.find("dead", ""))?.endpoint).toMatchObject({
    active: false,
    pausedReason: "the receiver answered 410",
  });
  expect((await records.chains.list("audit")).map(({ action, actor }) => [action, actor])).toEqual([
    ["webhook.paused", "system"],
  ]);
});

it("an endpoint that nothing reaches for three days is paused; one that took anything meanwhile is not", async (context) => {
  const { endpoint, tell, records, pass, deliveries } = await running(context, ({ path, body }, response) =>
    response.writeHead(path === "/dead" || body.includes("m-0") ? 500 : 200).end(),
  );
  await endpoint("dead");
  await endpoint("partly");
  await tell("m-0", "anomaly-0");
  const attempts = async (endpointId: string) =>
    (await deliveries(endpointId)).find(({ messageId }) => messageId === "m-0")?.attempts.length ?? 0;
  for (let made = 1; made <= 10; made++) {
    await until(async () => (await attempts("dead")) >= made && (await attempts("partly")) >= made);
    if (made === 5) await tell("other", "anomaly-9");
    if (made === 5) await until(async () => (await deliveries("partly")).some(({ state }) => state === "delivered"));
    pass(30 * HOUR_MS);
  }
  const find = async (endpointId: string) => (await records.webhooks.find(endpointId, ""))?.endpoint;
  await until(async () => (await find("dead"))?.active === false);
  expect((await find("dead"))?.pausedReason).toMatch(/^no attempt succeeded since .*; the last: the receiver answered 500$/);
  expect((await find("partly"))?.active).toBe(true);
});
