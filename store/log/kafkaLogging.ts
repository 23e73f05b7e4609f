import type { logCreator } from "kafkajs";
import kafkajs from "kafkajs";
import type { Logger } from "pino";

/**
 * What a healthy cluster says now and then: a rebalance, a leader or coordinator that moves, a connection that is made anew.
 * kafkajs calls these errors and tries again; what does not heal comes back to us as an exception or a crash.
 */
const TRANSIENT =
  /rebalanc|not aware of this member|generation|coordinator|leader|leadership|not host this topic|does not exist|already exists|Limiting retries|ECONNREFUSED|ECONNRESET|Connection (error|timeout|closed)|Closed connection|Failed to (connect|send)|Broker not connected|Request .* timed out/i;

/** kafkajs' log as lines of ours, one level down: its errors are our warnings. */
export function logThrough(logger: Logger): logCreator {
  return () =>
    ({ namespace, level, log: { message, timestamp: _, logger: __, stack: ___, ...details } }) => {
      const said = `${message} ${details["error"] ?? ""}`;
      const line = `kafkajs ${namespace}: ${message}`;
      if (level === kafkajs.logLevel.ERROR && !TRANSIENT.test(said)) logger.warn(details, line);
      else logger.debug(details, line);
    };
}
