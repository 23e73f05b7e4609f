import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy on this machine whose connections a test can break in mid-stream. */
export interface Proxy {
  port: number;
  /** Breaks every open connection, with data under way; new ones are accepted. */
  cut(): void;
  /** From now on answers are swallowed: requests arrive and take effect, and nobody hears of it. New connections too. */
  swallowAnswers(): void;
  /** Breaks every connection, and lets new ones through unharmed. */
  heal(): void;
  close(): Promise<void>;
}

/** @param target the port on 127.0.0.1 that connections are passed on to */
export async function startProxy(target: number): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>();
  let swallowing = false;
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      if (!swallowing) client.write(data);
    });
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  };
  return {
    port: (server.address() as { port: number }).port,
    cut,
    swallowAnswers() {
      swallowing = true;
    },
    heal() {
      swallowing = false;
      cut();
    },
    async close() {
      cut();
      await once(server.close(), "close");
    },
  };
}
