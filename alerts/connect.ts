import { type LookupAddress, lookup } from "node:dns";
import { isIP } from "node:net";
import { Agent, buildConnector } from "undici";
import type { AddressGuard } from "./addresses.ts";

/** The address is one that webhooks may not reach. */
export class AddressRefused extends Error {
  override name = "AddressRefused";
}

const CONNECT_TIMEOUT_MS = 10_000;
/** A receiver answers with a status; it has this long for the headers, and this long for the little there is of a body. */
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * An HTTP agent that connects only where the guard allows. An address written as a number never reaches the resolver, so it is
 * checked when connecting; a name is checked when it is resolved, on the very answer that is connected to, so that a name
 * cannot change between check and connect.
 */
export function guardedAgent(mayReach: AddressGuard): Agent {
  const refuse = (host: string) =>
    new AddressRefused(`${host} is a private or reserved address; SEWERTRACE_WEBHOOK_ALLOW can allow it`);
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: (host, options, done) => {
      lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
        if (error) return done(error, "", 0);
        const reachable = addresses.filter(({ address }) => mayReach(address));
        const [first] = reachable;
        if (!first) return done(refuse(host), "", 0);
        return options.all
          ? (done as (e: null, a: LookupAddress[]) => void)(null, reachable)
          : done(null, first.address, first.family);
      });
    },
  });
  return new Agent({
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    maxResponseSize: 64 * 1024,
    connect(options, done) {
      const host = options.hostname.replace(/^\[|\]$/g, "");
      if (isIP(host) && !mayReach(host)) return done(refuse(host), null);
      return connect(options, done);
    },
  });
}
