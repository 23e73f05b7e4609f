import { afterAll, beforeAll, expect, it } from "vitest";
import { addKey } from "../../api/auth/keys.ts";
import { AT } from "../store/records/nouns.ts";
import { openWorld, type World } from "./world.ts";

// What an administrator can do alone to be two, over HTTP as they would: make a key of an invented person, or renew somebody's.

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const post = (url: string, payload: object, token?: string) =>
  world.ask({
    method: "POST",
    url: `${V}${url}`,
    payload,
    ...(token === undefined ? { who: "admin" as const } : { headers: { authorization: `Bearer ${token}` } }),
  });
const asked = {
  subject: { kind: "lead", id: "lead-3" },
  legalBasis: "Code of criminal procedure, article 12",
  validUntil: "2026-06-01T00:00:00Z",
};
const ask = async (reference: string, token?: string): Promise<string> =>
  (await post("/authorisations", { ...asked, reference }, token)).body.authorisationId;
const approve = (id: string, token?: string) =>
  post(`/authorisations/${id}/decisions`, { decision: "approved", reason: "seen" }, token);
const keyOf = async (name: string, role = "investigator") =>
  (await post("/keys", { name, role, organisation: "Police of A" })).body as { keyId: string; token: string };

it("a key of an invented person, made long before, does not approve what its maker asks for, nor ask for what they approve", async () => {
  const invented = await keyOf("Qian Qi");
  world.pass(3_600_000);
  expect(await approve(await ask("1"), invented.token)).toMatchObject({ status: 409 });
  expect(await approve(await ask("2", invented.token))).toMatchObject({ status: 409 });
});

it("nor does a key of an administrator that a key of theirs made", async () => {
  const deputy = await keyOf("Sun Ba", "admin");
  const second = await post("/keys", { name: "Zhou Jiu", role: "investigator", organisation: "Police of A" }, deputy.token);
  world.pass(3_600_000);
  expect(await approve(await ask("3"), second.body.token)).toMatchObject({ status: 409 });
});

it("nor a colleague's key that they renewed to learn its secret; a colleague's whose secret they never saw does", async () => {
  const [renewed, untouched] = await Promise.all(
    ["Wu Shi", "Zheng Yi"].map((name) =>
      addKey(world.records, { name, role: "investigator", organisation: "Police of A", expiresAt: null }, AT),
    ),
  );
  world.pass(3_600_000);
  const id = await ask("4");
  const { body } = await post(`/keys/${renewed?.key.keyId}/rotate`, { overlapHours: 24 });
  expect(await approve(id, body.token)).toMatchObject({ status: 409 });
  expect(await approve(id, untouched?.token)).toMatchObject({ status: 200, body: { state: "approved" } });
});
