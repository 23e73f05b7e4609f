/**
 * Deliveries in flight at once, by endpoint. One that has not taken a message yet, fails or hangs gets one at a time, and all that failed
 * leave room for the others together.
 */
export interface Flights {
  byEndpoint: ReadonlyMap<string, number>;
  /** Those whose last attempt failed, and those whose last arrived. */
  failing: ReadonlySet<string>;
  proven: ReadonlySet<string>;
  /** The deliveries in flight. */
  aloft: ReadonlySet<string>;
  /** @param delivered resolves with whether it was */
  launch(delivery: { deliveryId: string; endpointId: string }, delivered: Promise<boolean>): void;
  /** When the next one has landed; at once when none is under way. */
  next(): Promise<unknown>;
  /** When all have landed. */
  landed(): Promise<void>;
}

const IN_FLIGHT_MAX = 64;
const PER_ENDPOINT_MAX = 4;
const FAILING_MAX = IN_FLIGHT_MAX / 2;

export function startFlights(): Flights {
  const byEndpoint = new Map<string, number>();
  const [failing, proven] = [new Set<string>(), new Set<string>()];
  const aloft = new Set<string>();
  const flying = new Set<Promise<void>>();
  return {
    byEndpoint,
    failing,
    proven,
    aloft,
    launch({ deliveryId, endpointId }, delivered) {
      aloft.add(deliveryId);
      byEndpoint.set(endpointId, (byEndpoint.get(endpointId) ?? 0) + 1);
      const flight = delivered.then((arrived) => {
        flying.delete(flight);
        aloft.delete(deliveryId);
        const left = (byEndpoint.get(endpointId) ?? 1) - 1;
        if (left > 0) byEndpoint.set(endpointId, left);
        else byEndpoint.delete(endpointId);
        const [now, before] = arrived ? [proven, failing] : [failing, proven];
        now.add(endpointId);
        before.delete(endpointId);
      });
      flying.add(flight);
    },
    next: () => Promise.race(flying.size > 0 ? flying : [undefined]),
    async landed() {
      await Promise.all(flying);
    },
  };
}

/** Which endpoints have enough in flight; undefined when there is no room for any. */
export function claimRoom({ aloft, byEndpoint, failing, proven }: Pick<Flights, "aloft" | "byEndpoint" | "failing" | "proven">) {
  if (aloft.size >= IN_FLIGHT_MAX) return undefined;
  const full = [...byEndpoint].filter(([endpointId, count]) => count >= (proven.has(endpointId) ? PER_ENDPOINT_MAX : 1));
  const held = [...byEndpoint].reduce((sum, [endpointId, count]) => sum + (failing.has(endpointId) ? count : 0), 0);
  const shut = held >= FAILING_MAX ? failing : [];
  return { fullEndpoints: [...new Set([...full.map(([endpointId]) => endpointId), ...shut])] };
}
