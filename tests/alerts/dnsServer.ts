import { createSocket } from "node:dgram";
import { Resolver } from "node:dns";
import { once } from "node:events";
import type { Resolve } from "../../alerts/connect.ts";

/** A real name server on this machine that answers every question as the test says, with nothing to remember (TTL 0). */
export interface NameServer {
  /** Asks this server instead of the machine's. */
  resolve: Resolve;
  asked: string[];
  close(): Promise<void>;
}

/** @param answer IPv4 addresses for a name, each time it is asked */
export async function startNameServer(answer: (name: string, time: number) => string[]): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const name = nameIn(query);
    asked.push(name);
    socket.send(replyTo(query, answer(name, asked.length)), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const resolver = new Resolver({ tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    asked,
    resolve: (host, _options, done) =>
      resolver.resolve4(host, (error, addresses) =>
        done(
          error,
          (addresses ?? []).map((address) => ({ address, family: 4 })),
        ),
      ),
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

const HEADER_BYTES = 12;

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = HEADER_BYTES; query[at]; at += 1 + (query[at] as number))
    labels.push(query.toString("ascii", at + 1, at + 1 + (query[at] as number)));
  return labels.join(".");
}

/** RFC 1035: the question repeated, and an A record for each address that points back to its name. */
function replyTo(query: Buffer, addresses: readonly string[]): Buffer {
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt32BE(0, 8);
  const question = query.subarray(HEADER_BYTES, query.indexOf(0, HEADER_BYTES) + 5);
  const records = addresses.map((address) => {
    const record = Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
    return Buffer.concat([record, Buffer.from(address.split(".").map(Number))]);
  });
  return Buffer.concat([header, question, ...records]);
}
