import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { etagOf, isNamed } from "./etag.ts";

/** An answer as it is sent: made once, sent to many. */
export interface ReadyAnswer {
  readonly etag: string;
  readonly plain: Buffer;
  /** By content coding, packed when first asked for. */
  readonly packed: Map<Coding, Promise<Buffer>>;
}
type Coding = "br" | "gzip";

/** Below it packing saves nothing. */
const PACKED_FROM_BYTES = 1_024;
/** Brotli's level of most saved for the time it takes, as for what is packed on the way. */
const BROTLI_QUALITY = 4;

const PACK: Record<Coding, (plain: Buffer) => Promise<Buffer>> = {
  br: (plain) => promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (plain) => promisify(gzip)(plain),
};

/** @param json the answer's text */
export function readyAnswer(json: string): ReadyAnswer {
  return { etag: etagOf(json), plain: Buffer.from(json), packed: new Map() };
}

/** Sends the answer, or word that the caller has it already (304). Who may see it has been decided before. */
export async function sendReady(request: FastifyRequest, reply: FastifyReply, answer: ReadyAnswer): Promise<FastifyReply> {
  reply.header("etag", answer.etag);
  if (isNamed(request.headers["if-none-match"], answer.etag)) return reply.code(304).send();
  reply.type("application/json; charset=utf-8");
  const coding = answer.plain.length < PACKED_FROM_BYTES ? undefined : codingOf(request);
  if (!coding) return reply.send(answer.plain);
  const packing = answer.packed.get(coding) ?? PACK[coding](answer.plain);
  answer.packed.set(coding, packing);
  const packed = await packing;
  return reply.header("vary", "accept-encoding").header("content-encoding", coding).send(packed);
}

/** The best of those the caller takes; any other than these is left to what packs answers on the way. */
function codingOf({ headers: { "accept-encoding": accepted = "" } }: FastifyRequest): Coding | undefined {
  const taken = String(accepted)
    .toLowerCase()
    .split(",")
    .filter((each) => !/;\s*q=0(\.0*)?\s*$/.test(each))
    .map((each) => each.split(";")[0]?.trim());
  return (["br", "gzip"] as const).find((coding) => taken.includes(coding));
}

/** What keeping an answer costs beside its bytes. */
const OVERHEAD_BYTES = 512;
/** Longer than any change is under way; after a store was put back from a backup, whose numbers begin again, no answer is older than this. */
const KEPT_MS = 600_000;

interface Kept {
  version: string;
  atMs: number;
  answer: Promise<ReadyAnswer>;
  /** Null while it is being made. */
  bytes: number | null;
}

/**
 * Answers by question, each kept as long as the version of the data it was made from is the newest. Who asks for what is being made waits for
 * it. The least recently asked for leave first.
 * @param bytesMax of all answers, with a packed form each of which is at most as large again
 */
export function keptAnswers(bytesMax: number) {
  const kept = new Map<string, Kept>();
  let bytes = 0;
  const drop = (question: string, one: Kept) => {
    if (kept.get(question) !== one) return;
    kept.delete(question);
    bytes -= one.bytes ?? 0;
  };
  const keep = (question: string, one: Kept, size: number) => {
    if (kept.get(question) !== one) return; // another version has taken its place
    one.bytes = size;
    bytes += size;
    for (const [oldest, { bytes: known }] of kept) {
      if (bytes <= bytesMax) break;
      if (known !== null) drop(oldest, kept.get(oldest) as Kept);
    }
  };
  return {
    /** How much is kept now. */
    size: () => bytes,
    /**
     * @param version of the data, read after the question came; `make` reads the same data or newer
     * @param make the answer's text
     */
    async answer(question: string, version: string, make: () => Promise<string>): Promise<ReadyAnswer> {
      const known = kept.get(question);
      if (known?.version === version && performance.now() - known.atMs < KEPT_MS) {
        kept.delete(question); // to the end of the line
        kept.set(question, known);
        return known.answer;
      }
      if (known) drop(question, known);
      const one: Kept = { version, atMs: performance.now(), answer: make().then(readyAnswer), bytes: null };
      kept.set(question, one);
      try {
        const answer = await one.answer;
        keep(question, one, 2 * answer.plain.length + 2 * question.length + OVERHEAD_BYTES);
        return answer;
      } catch (error) {
        drop(question, one);
        throw error;
      }
    },
  };
}
