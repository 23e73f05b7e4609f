import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressGuard } from "../../alerts/addresses.ts";
import { guardedAgent } from "../../alerts/connect.ts";
import { deliver } from "../../alerts/deliver.ts";

// One address of each special-purpose range (IANA, RFC 6890), and IPv4 in its forms inside IPv6.
const PRIVATE = [
  ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
  ...["192.0.0.8", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "255.255.255.255"],
  ...["::", "::1", "[::1]", "0:0:0:0:0:0:0:1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1"],
  ...["::ffff:127.0.0.1", "[::ffff:127.0.0.1]", "::ffff:7f00:1", "::FFFF:A9FE:A9FE", "0:0:0:0:0:ffff:10.0.0.1"],
  ...["::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001::1", "2001:db8::1"],
];
const PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2a00:1450::1"];

describe("which addresses a webhook may reach", () => {
  const mayReach = addressGuard([]);
  it.each(PRIVATE)("not %s", (address) => expect(mayReach(address)).toBe(false));
  it.each(PUBLIC)("%s", (address) => expect(mayReach(address)).toBe(true));
  it.each(["", "localhost", "2130706433", "0x7f.1", "127.1", "1.1.1.1.1", "1.1.1.1/32"])("%j is no address", (text) =>
    expect(mayReach(text)).toBe(false),
  );

  it("what the operator allows, in every notation, and nothing beside it", () => {
    const allowing = addressGuard(["10.1.0.0/16", "fd00:1::/32"]);
    for (const address of ["10.1.0.1", "::ffff:10.1.255.254", "fd00:1::5"]) expect(allowing(address)).toBe(true);
    for (const address of ["10.2.0.1", "127.0.0.1", "fd00:2::5", "::ffff:10.2.0.1"]) expect(allowing(address)).toBe(false);
  });

  it.each(["10.1.0.0", "10.1.0.0/x", "10.1.0.0/33", "example.org/8", "", "/8"])("refuses the range %j", (range) =>
    expect(() => addressGuard([range])).toThrow(RangeError),
  );
});

describe("a private receiver that listens is not reached", () => {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits++;
    response.end();
  });
  let port = 0;
  beforeAll(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  const send = async (host: string, allowed: string[]) => {
    const agent = guardedAgent(addressGuard(allowed));
    const attempt = await deliver(agent, { url: `http://${host}:${port}/`, headers: {}, body: "{}" }, new Date());
    await agent.close();
    return attempt;
  };
  const NOTATIONS = ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"];

  it.each([...NOTATIONS, "localhost"])("as %s", async (host) => {
    const { status, error } = await send(host, []);
    expect(status).toBeNull();
    expect(error).toMatch(/private or reserved/);
    expect(hits).toBe(0);
  });

  it("and is reached once the operator allows it, by number and by name", async () => {
    for (const host of ["127.0.0.1", "2130706433", "localhost"])
      expect(await send(host, ["127.0.0.0/8"])).toMatchObject({ status: 200, error: null });
    expect(hits).toBe(3);
  });
});
