import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import * as openid from "openid-client";
import { z } from "zod";
import type { Environment } from "../../schemas/config.ts";
import { problem } from "../../schemas/problem.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem, forbidden, notFound, unavailable } from "../problems.ts";
import { openSession } from "./open.ts";
import { keyOfPerson, personClaims } from "./person.ts";

/** What this browser was sent away with: it comes back with the same, or it is another's sign-in. */
const ATTEMPT_COOKIE = "sewertrace_sign_in";
const ATTEMPT_MS = 10 * 60_000;
const PATH = "/api/v1/session/oidc";
const SIGN_INS_PER_MINUTE = 20;

const attempt = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string() });

const config = {
  access: "public" as const,
  rateLimit: { max: SIGN_INS_PER_MINUTE, timeWindow: 60_000, keyGenerator: ({ ip }: FastifyRequest) => ip },
};

/**
 * Sign-in through the house's own identity provider: OpenID Connect, authorisation code with PKCE, state and nonce. What the person may
 * comes from the provider's claims, each time they sign in.
 */
export const oidcRoutes: FastifyPluginAsyncZod<ApiPorts> = async (app, { records, settings, now }) => {
  let found: Promise<openid.Configuration> | undefined;
  const provider = (): Promise<openid.Configuration> => {
    found ??= discover(settings).catch((cause: unknown) => {
      found = undefined; // asked again by the next who signs in
      if (cause instanceof ApiProblem) throw cause;
      app.log.warn({ err: cause }, "the identity provider is away");
      throw unavailable("The identity provider");
    });
    return found;
  };
  app.get(
    "/session/ways",
    {
      config: { access: "public" },
      schema: {
        tags: ["session"],
        summary: "How one can sign in",
        security: [],
        response: { 200: z.strictObject({ key: z.literal(true), identityProvider: z.string().nullable() }) },
      },
    },
    async () => ({
      key: true as const,
      identityProvider: settings.SEWERTRACE_OIDC_ISSUER ? new URL(settings.SEWERTRACE_OIDC_ISSUER).host : null,
    }),
  );
  app.get(
    "/session/oidc",
    {
      config,
      schema: {
        tags: ["session"],
        summary: "Sign in with the identity provider: sends the browser there",
        response: { 302: z.null(), 404: problem },
      },
    },
    async (request, reply) => {
      const openIdProvider = await provider();
      const sent = { state: openid.randomState(), nonce: openid.randomNonce(), verifier: openid.randomPKCECodeVerifier() };
      const address = openid.buildAuthorizationUrl(openIdProvider, {
        redirect_uri: `${originOf(request, settings)}${PATH}/callback`,
        scope: settings.SEWERTRACE_OIDC_SCOPE,
        state: sent.state,
        nonce: sent.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(sent.verifier),
        code_challenge_method: "S256",
      });
      remember(request, reply, JSON.stringify(sent), new Date(now().getTime() + ATTEMPT_MS));
      return reply.redirect(address.href).send(null);
    },
  );
  app.get(
    "/session/oidc/callback",
    {
      config,
      schema: {
        tags: ["session"],
        summary: "Where the identity provider sends the browser back",
        querystring: z.looseObject({}),
        response: { 302: z.null(), 400: problem, 403: problem, 404: problem },
      },
    },
    async (request, reply) => {
      const openIdProvider = await provider();
      const sent = attempt.safeParse(jsonOf(request.cookies[ATTEMPT_COOKIE]));
      if (!sent.success) throw notTheSame();
      const address = new URL(request.url, originOf(request, settings));
      const { state: expectedState, nonce: expectedNonce, verifier: pkceCodeVerifier } = sent.data;
      const checks = { expectedState, expectedNonce, pkceCodeVerifier, idTokenExpected: true };
      const tokens = await openid.authorizationCodeGrant(openIdProvider, address, checks).catch((cause: unknown) => {
        request.log.warn({ err: cause }, "a sign-in was refused");
        throw notTheSame();
      });
      const claims = tokens.claims();
      if (!claims) throw notTheSame();
      const told = await allClaims(openIdProvider, claims, tokens.access_token, settings);
      const said = personClaims.safeParse(claimsOf(told, settings));
      if (!said.success) {
        const { SEWERTRACE_OIDC_ROLE_CLAIM: role, SEWERTRACE_OIDC_ORGANISATION_CLAIM: organisation } = settings;
        throw forbidden("a person without a role here", `the claims ${role} and ${organisation} from the identity provider`);
      }
      const key = await keyOfPerson(records, { issuer: claims.iss, id: claims.sub }, said.data, now());
      if (!key) throw forbidden("a person whose key was revoked", "a key that an administrator has not revoked");
      await openSession(records, request, reply, key.keyId, now());
      reply.clearCookie(ATTEMPT_COOKIE, { path: PATH });
      return reply.redirect("/").send(null);
    },
  );
};

/** @throws {ApiProblem} 404 where no provider is set */
async function discover(settings: Environment): Promise<openid.Configuration> {
  const {
    SEWERTRACE_OIDC_ISSUER: issuer,
    SEWERTRACE_OIDC_CLIENT_ID: clientId = "",
    SEWERTRACE_OIDC_CLIENT_SECRET: secret,
  } = settings;
  if (issuer === undefined) throw notFound("resource", PATH);
  const server = new URL(issuer);
  // plain HTTP is for a provider on this machine, as in the tests
  const execute = ["127.0.0.1", "localhost"].includes(server.hostname) ? [openid.allowInsecureRequests] : [];
  return openid.discovery(server, clientId, secret, undefined, { execute });
}

/** Many providers keep the identity token short and say the rest when asked. */
async function allClaims(
  provider: openid.Configuration,
  claims: openid.IDToken,
  accessToken: string,
  { SEWERTRACE_OIDC_ROLE_CLAIM: role }: Environment,
): Promise<Record<string, unknown>> {
  if (claims[role] !== undefined || !provider.serverMetadata().userinfo_endpoint) return claims;
  return { ...claims, ...(await openid.fetchUserInfo(provider, accessToken, claims.sub)) };
}

function claimsOf(claims: Record<string, unknown>, settings: Environment): Record<string, unknown> {
  const regions = claims[settings.SEWERTRACE_OIDC_REGIONS_CLAIM];
  return {
    name: claims["name"] ?? claims["preferred_username"] ?? claims["email"] ?? claims["sub"],
    role: claims[settings.SEWERTRACE_OIDC_ROLE_CLAIM],
    organisation: claims[settings.SEWERTRACE_OIDC_ORGANISATION_CLAIM],
    ...(regions === undefined ? {} : { regions }),
  };
}

/** The provider knows this address and sends nobody elsewhere, whatever the request said of its host. */
function originOf(request: FastifyRequest, { SEWERTRACE_PUBLIC_URL: known }: Environment): string {
  return known === undefined ? `${request.protocol}://${request.host}` : new URL(known).origin;
}

/** Lax, since the browser comes back from another site. */
function remember(request: FastifyRequest, reply: FastifyReply, value: string, expires: Date): void {
  const secure = request.protocol === "https";
  reply.setCookie(ATTEMPT_COOKIE, value, { path: PATH, httpOnly: true, sameSite: "lax", secure, expires });
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

const notTheSame = () =>
  new ApiProblem(400, "Bad request", {
    en: "This sign-in did not begin in this browser, or it took too long: begin again.",
    zh: "此次登录并非由本浏览器发起，或已超时：请重新登录。",
  });
