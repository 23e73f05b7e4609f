import type { FastifyInstance } from "fastify";

/** For an address, the methods that some route has for it: what `Allow` says when it was asked with another (RFC 9110, 15.5.6). */
export type MethodsOf = (path: string) => readonly string[];

/** To be called before the routes are registered. */
export function watchMethods(app: FastifyInstance): MethodsOf {
  const routes: { pattern: RegExp; parameters: number; methods: string[] }[] = [];
  app.addHook("onRoute", ({ url, method }) => {
    if (!url.startsWith("/api/")) return;
    const pattern = url.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+");
    const parameters = url.split(":").length - 1;
    routes.push({ pattern: new RegExp(`^${pattern}$`), parameters, methods: [method].flat() });
  });
  return (path) => {
    const fitting = routes.filter(({ pattern }) => pattern.test(path));
    const fewest = Math.min(...fitting.map(({ parameters }) => parameters)); // `/uploads/mappings` is not the upload with the id "mappings"
    const nearest = fitting.filter(({ parameters }) => parameters === fewest);
    return [...new Set(nearest.flatMap(({ methods }) => methods))];
  };
}
