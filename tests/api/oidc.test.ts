import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type AccountClaims } from "oidc-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World } from "./world.ts";

// A real OpenID provider (oidc-provider) in this process; what a browser does is done here by hand: follow redirects, keep cookies, fill forms.
const PEOPLE: Record<string, Omit<AccountClaims, "sub">> = {
  wu: {
    name: "Wu Lan",
    sewertrace_role: "investigator",
    sewertrace_organisation: "harbour police",
    sewertrace_regions: ["West"],
  },
  guest: { name: "A guest" },
  mallory: { name: "Mallory", sewertrace_role: "king", sewertrace_organisation: "moon" },
};
const V = "/api/v1";
let server: Server;
let world: World;
let address: string;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await openWorld({
    SEWERTRACE_OIDC_ISSUER: issuer,
    SEWERTRACE_OIDC_CLIENT_ID: "sewertrace",
    SEWERTRACE_OIDC_CLIENT_SECRET: "a secret of the tests",
  });
  address = await world.api.listen({ port: 0, host: "127.0.0.1" });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "sewertrace",
        client_secret: "a secret of the tests",
        redirect_uris: [`${address}${V}/session/oidc/callback`],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "sewertrace_role", "sewertrace_organisation", "sewertrace_regions"] },
    cookies: { keys: ["a key of the tests"] },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) }),
  });
  server.on("request", provider.callback());
});
afterAll(async () => {
  await world.close();
  server.close();
});

/** A browser as far as this needs one. */
function browser() {
  const jar = new Map<string, string>();
  const visit = async (url: string, form?: Record<string, string>): Promise<{ url: string; status: number; text: string }> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const body = form && new URLSearchParams(form);
    const answer = await fetch(url, { redirect: "manual", headers: { cookie }, ...(body ? { method: "POST", body } : {}) });
    for (const each of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = (each.split(";")[0] ?? "").split(/=(.*)/s);
      if (/expires=Thu, 01 Jan 1970/i.test(each)) jar.delete(name);
      else jar.set(name, value);
    }
    const to = answer.headers.get("location");
    if (to && to !== "/") return visit(new URL(to, url).href);
    return { url, status: answer.status, text: await answer.text() };
  };
  /** To the provider's form, and through it. */
  const signInAs = async (login: string) => {
    let page = await visit(`${address}${V}/session/oidc`);
    for (let step = 0; step < 3 && page.url.includes("/interaction/"); step++) {
      const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? "";
      const prompt = /name="prompt" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
      page = await visit(new URL(action, page.url).href, { prompt, login, password: "any" });
    }
    return page;
  };
  return { jar, visit, signInAs, cookie: () => `sewertrace_session=${jar.get("sewertrace_session")}` };
}

const whoAmI = async (cookie: string) => (await world.ask({ url: `${V}/session`, headers: { cookie } })).body;

describe("signing in with an identity provider", () => {
  it("a person has the role, organisation and regions that the provider says, and a key of their own in the list", async () => {
    const { signInAs, cookie } = browser();
    expect((await signInAs("wu")).status).toBe(302);
    expect(await whoAmI(cookie())).toEqual({ name: "Wu Lan", role: "investigator", organisation: "harbour police" });
    const { body } = await world.ask({ url: `${V}/leads`, headers: { cookie: cookie() } });
    expect(body.items.map(({ leadId }: { leadId: string }) => leadId)).toEqual(["lead-3"]);
    const keys = (await world.records.keys.list()).filter(({ name }) => name === "Wu Lan");
    expect(keys).toMatchObject([{ role: "investigator", regions: ["West"], revokedAt: null }]);
  });

  it("what the provider says anew counts from the next sign-in on, and both are in the audit log", async () => {
    PEOPLE["wu"] = { ...PEOPLE["wu"], sewertrace_role: "analyst" };
    const { signInAs, cookie } = browser();
    await signInAs("wu");
    expect((await whoAmI(cookie())).role).toBe("analyst");
    const entries = (await world.records.chains.list("audit")).filter(({ actor }) => actor === "identity provider");
    expect(entries.map(({ action }) => action)).toEqual(["key.added", "key.changed"]);
  });

  it("403: a person whom the provider gives no role, or one that there is not", async () => {
    for (const login of ["guest", "mallory"]) {
      const { signInAs, jar } = browser();
      expect((await signInAs(login)).status).toBe(403);
      expect(jar.has("sewertrace_session")).toBe(false);
    }
  });

  it("403: a person whose key was revoked here, though the provider lets them in", async () => {
    const [key] = (await world.records.keys.list()).filter(({ name }) => name === "Wu Lan");
    await world.ask({ method: "DELETE", url: `${V}/keys/${key?.keyId}`, who: "admin" });
    expect((await browser().signInAs("wu")).status).toBe(403);
  });

  it("400: an answer that this browser did not ask for", async () => {
    PEOPLE["li"] = { name: "Li Na", sewertrace_role: "analyst", sewertrace_organisation: "harbour" };
    const { visit, jar } = browser();
    expect((await visit(`${address}${V}/session/oidc/callback?code=stolen&state=made-up`)).status).toBe(400);
    const asked = await world.ask({ url: `${V}/session/oidc` }); // another's attempt, whose state is not this one's
    const cookie = String([asked.headers["set-cookie"]].flat()[0]).split(";")[0] as string;
    const forged = await world.ask({ url: `${V}/session/oidc/callback?code=stolen&state=made-up`, headers: { cookie } });
    expect(forged.status).toBe(400);
    expect(jar.has("sewertrace_session")).toBe(false);
  });

  it("404 where no provider is set, 503 where it is away", async () => {
    const none = await openWorld();
    expect((await none.ask({ url: `${V}/session/oidc` })).status).toBe(404);
    expect((await none.ask({ url: `${V}/session/ways` })).body).toEqual({ key: true, identityProvider: null });
    await none.close();
    const away = await openWorld({ SEWERTRACE_OIDC_ISSUER: "http://127.0.0.1:1", SEWERTRACE_OIDC_CLIENT_ID: "x" });
    for (const path of ["", "/callback"]) expect((await away.ask({ url: `${V}/session/oidc${path}` })).status).toBe(503);
    await away.close();
  });
});
