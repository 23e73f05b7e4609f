import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { addressGuard } from "../../alerts/addresses.ts";
import { guardedAgent } from "../../alerts/connect.ts";
import { deliver } from "../../alerts/deliver.ts";
import { startNameServer } from "./dnsServer.ts";

// Method: 127.0.0.2 plays the public receiver, because the operator allows it, and 127.0.0.1 at the same port the private service.

async function listening(host: string, port = 0): Promise<{ server: Server; port: number; hits: () => number }> {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits++;
    response.writeHead(200, { connection: "close" }).end();
  });
  await once(server.listen(port, host), "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await once(server.close(), "close");
  });
  return { server, port: (server.address() as AddressInfo).port, hits: () => hits };
}

async function world(answer: (name: string, time: number) => string[]) {
  const receiver = await listening("127.0.0.2");
  const secret = await listening("127.0.0.1", receiver.port);
  let connections = 0;
  secret.server.on("connection", () => connections++);
  const names = await startNameServer(answer);
  const agent = guardedAgent(addressGuard(["127.0.0.2/32"]), names.resolve);
  onTestFinished(async () => {
    await agent.close();
    await names.close();
  });
  const send = (host = "hooks.example.org") =>
    deliver(agent, { url: `http://${host}:${receiver.port}/`, headers: {}, body: "{}" }, new Date());
  return { send, names, receiver, reachedSecret: () => connections };
}

it("a name that is public when checked and private when connected to is never connected to as private", async () => {
  const { send, names, receiver, reachedSecret } = await world((_name, time) => [time % 2 ? "127.0.0.2" : "127.0.0.1"]);
  const attempts = [];
  for (let i = 0; i < 10; i++) attempts.push(await send());
  expect(names.asked).toHaveLength(10); // one answer an attempt: the one that is connected to
  expect(attempts.map(({ status }) => status)).toEqual([200, null, 200, null, 200, null, 200, null, 200, null]);
  expect(attempts[1]?.error).toContain("SEWERTRACE_WEBHOOK_ALLOW");
  expect([receiver.hits(), reachedSecret()]).toEqual([5, 0]);
});

it("of a name with a public and a private address only the public one is tried", async () => {
  const { send, receiver, reachedSecret } = await world(() => ["127.0.0.1", "127.0.0.2", "127.0.0.1"]);
  for (let i = 0; i < 3; i++) expect(await send()).toMatchObject({ status: 200 });
  expect([receiver.hits(), reachedSecret()]).toEqual([3, 0]);
});

it("a name nobody knows is an error in words", async () => {
  const { send } = await world(() => []);
  expect(await send("nowhere.example.org")).toMatchObject({
    status: null,
    error: expect.stringContaining("nowhere.example.org"),
  });
});

it.each(["[fe80::1%25lo]", "[::1%25lo]", "127.0.0.1%00.example.org", "127.0.0.1 .example.org"])(
  "an address written as %s is reached by nobody",
  async (host) => {
    const { send, reachedSecret } = await world(() => ["127.0.0.1"]);
    expect((await send(host)).status).toBeNull();
    expect(reachedSecret()).toBe(0);
  },
);

it("a port that belongs to another service is not connected to, at public addresses either", async () => {
  const mayReach = addressGuard(["10.1.0.0/16"]);
  for (const port of [80, 443, 1_024, 8_443, 65_535]) expect(mayReach("1.1.1.1", port)).toBe(true);
  for (const port of [1, 22, 25, 53, 110, 389, 445, 587, 1_023]) expect(mayReach("1.1.1.1", port)).toBe(false);
  expect(mayReach("10.1.0.1", 25)).toBe(true); // the operator allowed it
  expect(mayReach("10.2.0.1", 443)).toBe(false);
  const agent = guardedAgent(mayReach);
  onTestFinished(() => agent.close());
  const { error } = await deliver(agent, { url: "http://1.1.1.1:25/", headers: {}, body: "{}" }, new Date());
  expect(error).toMatch(/port 25/);
});

it("a proxy of the environment is not used: it would connect for us, unchecked", async () => {
  const proxy = await listening("127.0.0.1");
  let connections = 0;
  proxy.server.on("connection", () => connections++);
  const receiver = await listening("127.0.0.2");
  const url = `http://127.0.0.1:${proxy.port}`;
  const env = { ...process.env, HTTP_PROXY: url, http_proxy: url, HTTPS_PROXY: url, ALL_PROXY: url, NODE_USE_ENV_PROXY: "1" };
  const program = `
    import { addressGuard } from "./alerts/addresses.ts";
    import { guardedAgent } from "./alerts/connect.ts";
    import { deliver } from "./alerts/deliver.ts";
    const agent = guardedAgent(addressGuard(["127.0.0.2/32"]));
    const to = (url) => deliver(agent, { url, headers: {}, body: "{}" }, new Date());
    console.log(JSON.stringify([await to("http://127.0.0.2:${receiver.port}/"), await to("http://10.0.0.1/"), await to("https://127.0.0.1/")]));
    await agent.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env });
  const [direct, ...refused] = JSON.parse(stdout) as { status: number | null; error: string | null }[];
  expect(direct?.status).toBe(200);
  for (const { error } of refused) expect(error).toContain("SEWERTRACE_WEBHOOK_ALLOW");
  expect([connections, receiver.hits()]).toEqual([0, 1]);
}, 20_000);
