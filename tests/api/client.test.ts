import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it("the dashboard's client is of this OpenAPI document: after a change of a route run `npm run client`", async () => {
  const { body } = await world.ask({ url: "/openapi.json" });
  const hash = createHash("sha256")
    .update(`${JSON.stringify(body, null, 2)}\n`)
    .digest("hex");
  const [firstLine] = readFileSync("dashboard/client/paths.ts", "utf8").split("\n");
  expect(firstLine).toContain(hash);
});
