import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** An investigator's webhook receiver as the demo runs it: it believes only what is signed. */
export interface Receiver {
  url: string;
  /** Messages whose signature was right, by event. */
  received: Map<string, number>;
  /** Messages whose signature was wrong. */
  forged: number;
  /** Set once the endpoint is registered and its secret known. */
  trust(secret: string): void;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  let webhook: Webhook | undefined;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    try {
      if (!webhook) throw new Error("no secret yet");
      const { type } = webhook.verify(body, request.headers as Record<string, string>) as { type: string };
      receiver.received.set(type, (receiver.received.get(type) ?? 0) + 1);
      response.writeHead(204).end();
    } catch {
      receiver.forged += 1;
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received: new Map(),
    forged: 0,
    trust(secret) {
      webhook = new Webhook(secret);
    },
    close: () => new Promise((closed) => server.close(() => closed())),
  };
  return receiver;
}
