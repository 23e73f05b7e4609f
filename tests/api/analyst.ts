import { pino } from "pino";
import { expect } from "vitest";
import { analysePlant } from "../../analytics/worker/plant.ts";
import { environment } from "../../schemas/config.ts";
import { AT } from "../store/records/nouns.ts";
import type { World } from "./world.ts";

/** What an analyst asks and sends, and what the analytics then computes. */
export function analystOf(world: () => World) {
  const get = async (path: string) => {
    const { status, body } = await world().ask({ url: `/api/v1${path}`, who: "analyst" });
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const post = async (path: string, payload: object) => {
    const { status, body } = await world().ask({ method: "POST", url: `/api/v1${path}`, who: "analyst", payload });
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };
  /** What the analytics does with the changes it is told of. */
  const compute = (siteId = "plant-a") =>
    analysePlant(
      {
        ...world(),
        logger: pino({ level: "silent" }),
        settings: environment.parse({}),
        now: () => new Date(AT),
      } as unknown as Parameters<typeof analysePlant>[0],
      siteId,
      [siteId],
    );
  return { get, post, compute };
}
