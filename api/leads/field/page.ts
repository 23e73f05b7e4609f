import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const PARTS = {
  "/field/": ["page.html", "text/html; charset=utf-8"],
  "/field/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "/field/keep.js": ["keep.js", "text/javascript; charset=utf-8"],
  "/field/words.js": ["words.js", "text/javascript; charset=utf-8"],
  "/field/page.css": ["page.css", "text/css; charset=utf-8"],
  "/field/worker.js": ["worker.js", "text/javascript; charset=utf-8"],
} as const;

/** The crew's page for a phone. It holds nothing of any order: that comes with the token, which the address keeps behind its #. */
export function addFieldPage(app: FastifyInstance): void {
  for (const [path, [file, type]] of Object.entries(PARTS)) {
    const text = readFileSync(new URL(file, import.meta.url), "utf8");
    app.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply.type(type).header("cache-control", "no-cache").send(text),
    );
  }
}
