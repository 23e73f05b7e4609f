import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import type { AddressGuard } from "./addresses.ts";

/** The address is one that webhooks may not reach. */
export class AddressRefused extends Error {
  override name = "AddressRefused";
}

/** How names become addresses: the machine's resolver, as `dns.lookup` asks it. */
export type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const CONNECT_TIMEOUT_MS = 10_000;
/** The whole attempt has its own limit (deliver.ts); this one ends a receiver that takes the request and says nothing. */
const ANSWER_TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/**
 * An HTTP agent that connects only where the guard allows. An address written as a number never reaches the resolver, so it is
 * checked when connecting; a name is checked when it is resolved, on the very answer that is connected to, so that a name
 * cannot change between check and connect. Proxies of the environment are not used: they would connect for us, unchecked.
 */
export function guardedAgent(mayReach: AddressGuard, resolve: Resolve = lookup): Agent {
  const connectors = new Map<number, ReturnType<typeof buildConnector>>();
  const connectorTo = (port: number) => {
    const known = connectors.get(port);
    if (known) return known;
    const made = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: guardedLookup(mayReach, port, resolve) });
    connectors.set(port, made);
    return made;
  };
  return new Agent({
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    maxResponseSize: ANSWER_BYTES_MAX,
    connect(options, done) {
      const host = options.hostname.replace(/^\[|\]$/g, "");
      const port = Number(options.port) || (options.protocol === "https:" ? 443 : 80);
      if (isIP(host) && !mayReach(host, port)) return done(refused(host, port), null);
      return connectorTo(port)(options, done);
    },
  });
}

function guardedLookup(mayReach: AddressGuard, port: number, resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "", 0);
      const reachable = addresses.filter(({ address }) => mayReach(address, port));
      const [first] = reachable;
      if (!first) return done(refused(host, port), "", 0);
      return options.all ? done(null, reachable) : done(null, first.address, first.family);
    });
  };
}

function refused(host: string, port: number): AddressRefused {
  return new AddressRefused(
    `${host} is a private or reserved address, or port ${port} that of another service; SEWERTRACE_WEBHOOK_ALLOW can allow it`,
  );
}
