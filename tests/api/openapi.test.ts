import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXAMPLES } from "../../api/examples.ts";
import { NOUNS } from "../../api/nouns.ts";
import { openWorld, type World } from "./world.ts";

const V = "/api/v1";
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Of Fastify's drawing of its routes, four characters a level, those below the API's prefix. */
function pathsOf(drawing: string): string[] {
  const above: string[] = [];
  return drawing.split("\n").flatMap((line) => {
    const [, indent, part = "", methods] = /^([│├└─ ]*)(\S+) ?(\(.*\))?$/.exec(line) ?? [];
    const level = (indent?.length ?? 0) / 4;
    above[level] = part;
    const path = above.slice(0, level + 1).join("");
    return methods && path.startsWith(`${V}/`) ? [path] : [];
  });
}

describe("OpenAPI", () => {
  it("is 3.1, and each operation says what it does, who may call it and what it answers", async () => {
    const { body } = await world.ask({ url: "/openapi.json" });
    expect(body.openapi).toMatch(/^3\.1\./);
    type Operation = { summary?: string; tags?: string[]; responses: object; "x-roles"?: string[]; security?: object[] };
    const all = Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    );
    const lacking = all.filter(({ summary, tags, security, "x-roles": roles }) => !summary || !tags || !(roles || security));
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it("lists every route of the API", async () => {
    const { body } = await world.ask({ url: "/openapi.json" });
    const routes = Object.keys(body.paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ":$1"));
    const paths = pathsOf(world.api.printRoutes({ commonPrefix: false }));
    expect(paths.length).toBeGreaterThan(25);
    expect(routes.toSorted()).toEqual(paths.toSorted());
  });
});

it.each(Object.entries(NOUNS))("the example of %s is one", (noun, schema) => {
  expect(() => schema.parse(EXAMPLES[noun as keyof typeof NOUNS])).not.toThrow();
});

describe("the probes", () => {
  it("ready says which store is away", async () => {
    const own = await openWorld();
    expect((await own.ask({ url: "/ready" })).body).toEqual({ status: "ready", log: "ok", series: "ok", records: "ok" });
    await own.records.close();
    const away = await own.ask({ url: "/ready" });
    expect(away.status).toBe(503);
    expect(away.body).toMatchObject({ status: "not ready" });
    expect(away.body.records).not.toBe("ok");
    expect((await own.ask({ url: "/health" })).status).toBe(200);
    await own.api.close();
  });
});
