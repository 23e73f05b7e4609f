import type { InjectOptions } from "fastify";
import type { Role } from "../../schemas/key.ts";
import type { World } from "./world.ts";

const V = "/api/v1";
const since = "2026-05-01T00:00:00Z";
const hook = { url: "https://example.org/hook", events: ["lead.opened"] };
const robot = { ...hook, url: "https://open.feishu.cn/open-apis/bot/v2/hook/x", format: "feishu" };
const stale = { headers: { "if-match": '"of-yesterday"' } };
const silence = { match: { region: "East" }, reason: "a festival", endsAt: "2026-05-10T00:00:00Z" };

/** The declared answers of what alerts have beside their webhooks, in the form of answers.test.ts. */
export const ALERT_CASES: [name: string, status: number, who: Role | undefined, options?: InjectOptions][] = [
  [`POST ${V}/webhooks/{endpointId}/secret`, 200, "investigator", { url: `${V}/webhooks/<hook>/secret` }],
  [`POST ${V}/webhooks/{endpointId}/secret`, 400, "investigator", { url: `${V}/webhooks/<robot>/secret` }],
  [`POST ${V}/webhooks/{endpointId}/secret`, 404, "investigator"],
  [`POST ${V}/webhooks/{endpointId}/recover`, 202, "investigator", { url: `${V}/webhooks/<hook>/recover`, payload: { since } }],
  [`POST ${V}/webhooks/{endpointId}/recover`, 400, "investigator", { payload: { since: "yesterday" } }],
  [`POST ${V}/webhooks/{endpointId}/recover`, 404, "investigator", { payload: { since } }],
  [`GET ${V}/deliveries/{deliveryId}`, 200, "investigator", { url: `${V}/deliveries/<sent>` }],
  [`GET ${V}/deliveries/{deliveryId}`, 404, "investigator"],
  [`GET ${V}/webhooks/{endpointId}`, 200, "investigator", { url: `${V}/webhooks/<hook>` }],
  [`GET ${V}/webhooks/{endpointId}`, 404, "investigator"],
  [
    `PATCH ${V}/webhooks/{endpointId}`,
    412,
    "investigator",
    { url: `${V}/webhooks/<hook>`, ...stale, payload: { active: false } },
  ],
  [`GET ${V}/silences`, 200, "analyst"],
  [`GET ${V}/silences`, 400, "analyst", { url: `${V}/silences?past=perhaps` }],
  [`POST ${V}/silences`, 201, "analyst", { payload: silence }],
  [`POST ${V}/silences`, 400, "analyst", { payload: { ...silence, match: {} } }],
  [`POST ${V}/silences/preview`, 200, "analyst", { payload: { match: { region: "East" } } }],
  [`POST ${V}/silences/preview`, 400, "analyst", { payload: {} }],
  [`GET ${V}/silences/{silenceId}`, 200, "analyst", { url: `${V}/silences/<silence>` }],
  [`GET ${V}/silences/{silenceId}`, 404, "analyst"],
  [`GET ${V}/silences/{silenceId}/hidden`, 200, "analyst", { url: `${V}/silences/<silence>/hidden` }],
  [`GET ${V}/silences/{silenceId}/hidden`, 404, "analyst"],
  [
    `PATCH ${V}/silences/{silenceId}`,
    200,
    "analyst",
    { url: `${V}/silences/<silence>`, payload: { reason: "a longer festival" } },
  ],
  [`PATCH ${V}/silences/{silenceId}`, 400, "analyst", { url: `${V}/silences/<silence>`, payload: { reason: " " } }],
  [`PATCH ${V}/silences/{silenceId}`, 404, "analyst", { payload: { reason: "x" } }],
  [`PATCH ${V}/silences/{silenceId}`, 412, "analyst", { url: `${V}/silences/<silence>`, ...stale, payload: { reason: "x" } }],
  [`POST ${V}/silences/{silenceId}/end`, 412, "analyst", { url: `${V}/silences/<silence>/end`, ...stale }],
  [`POST ${V}/silences/{silenceId}/end`, 200, "analyst", { url: `${V}/silences/<silence>/end` }],
  [`POST ${V}/silences/{silenceId}/end`, 404, "analyst"],
  [`POST ${V}/silences/{silenceId}/end`, 409, "analyst", { url: `${V}/silences/<silence>/end` }],
  [`PATCH ${V}/silences/{silenceId}`, 409, "analyst", { url: `${V}/silences/<silence>`, payload: { reason: "x" } }],
];

/** What they are about: the ids written as `<hook>`. */
export async function prepareAlerts({ ask }: World): Promise<Record<string, string>> {
  const made = async (url: string, payload?: object) =>
    (await ask({ method: "POST", url: `${V}${url}`, who: "admin", ...(payload ? { payload } : {}) })).body;
  const added = (await made("/webhooks", hook)).endpointId;
  return {
    hook: added,
    robot: (await made("/webhooks", robot)).endpointId,
    sent: (await made(`/webhooks/${added}/test`)).deliveryId,
    silence: (await made("/silences", silence)).silenceId,
  };
}
