import type { InjectOptions } from "fastify";
import type { Role } from "../../schemas/key.ts";
import { leadOf } from "../store/records/nouns.ts";
import { saveTraced } from "./tracedLead.ts";
import type { World } from "./world.ts";

const V = "/api/v1";
type Case = [name: string, status: number, who: Role | undefined, options?: InjectOptions];
const without = { headers: { "x-purpose": "" } };
const basis = { legalBasis: "Code of criminal procedure, article 12", reference: "2026-117" };
const asked = { ...basis, subject: { kind: "lead", id: "lead-t" }, validUntil: "2026-06-01T00:00:00Z" };
const outcome = { caseNumber: "2026-117", result: "solved", date: "2026-05-06" };
const notTaken = { taken: false, at: "2026-05-06T08:00:00Z", reason: "a parked car", collector: "Zhao Min" };
const image = { "content-type": "image/jpeg" };
const large = "x".repeat(8 * 1024 * 1024 + 1);

/** What a lead lets read: 200, without a purpose 400, of none 404. */
function reading(path: string): Case[] {
  const name = `GET ${V}/leads/{leadId}${path}`;
  const url = (lead: string) =>
    `${V}/leads/${lead}${path.replace("{version}", "1").replace("{sha256}", "<file>").replace("{orderId}", "<order>")}`;
  return [
    [name, 200, "investigator", { url: url("lead-t") }],
    [name, 400, "investigator", { url: url("lead-t"), ...without }],
    [name, 404, "investigator", { url: url("lead-none") }],
  ];
}

/** What is sent to a lead: taken, of another form 400, of no lead 404, refused by a guard 409. */
function sending(
  name: string,
  done: number,
  url: string,
  right: object,
  wrong: object,
  guarded?: { url: string; payload: object },
): Case[] {
  const none = url.replace("lead-t", "lead-none");
  return [
    [name, done, "investigator", { url: `${V}${url}`, payload: right }],
    [name, 400, "investigator", { url: `${V}${url}`, payload: wrong }],
    [name, 404, "investigator", { url: `${V}${none}`, payload: right }],
    ...(guarded ? [[name, 409, "investigator", { url: `${V}${guarded.url}`, payload: guarded.payload }] as Case] : []),
  ];
}

const crew = { authorization: "Order <crew>" };
const FIELD = `${V}/field/orders/{orderId}`;

/** The declared answers of what leads have beside state and notes, in the form of answers.test.ts. */
export const LEAD_CASES: Case[] = [
  ...[
    "",
    "/network.geojson",
    "/log",
    "/versions",
    "/versions/{version}",
    "/outcomes",
    "/attachments",
    "/attachments/{sha256}",
  ].flatMap(reading),
  ...[
    "/report.html",
    "/report.geojson",
    "/evidence.csv",
    "/candidates",
    "/survey",
    "/custody",
    "/orders",
    "/orders/{orderId}.html",
  ].flatMap(reading),
  [`GET ${V}/leads.csv`, 200, "investigator"],
  [`GET ${V}/leads.csv`, 400, "investigator", without],
  [`GET ${V}/leads/statistics`, 200, "investigator"],
  [`GET ${V}/leads/statistics`, 400, "investigator", { url: `${V}/leads/statistics?from=may` }],
  ...sending(
    `PUT ${V}/leads/{leadId}/assignee`,
    200,
    "/leads/lead-t/assignee",
    { assignee: "Li" },
    {},
    {
      url: "/leads/lead-gone/assignee",
      payload: { assignee: "Li" },
    },
  ),
  [
    `PUT ${V}/leads/{leadId}/assignee`,
    412,
    "investigator",
    { url: `${V}/leads/lead-t/assignee`, headers: { "if-match": '"of-yesterday"' }, payload: { assignee: "Wu" } },
  ],
  [`POST ${V}/leads/{leadId}/notes`, 409, "investigator", { url: `${V}/leads/lead-gone/notes`, payload: { text: "seen" } }],
  ...sending(
    `POST ${V}/leads/{leadId}/outcomes`,
    201,
    "/leads/lead-r/outcomes",
    outcome,
    {},
    {
      url: "/leads/lead-t/outcomes",
      payload: outcome,
    },
  ).map(
    ([name, status, who, options]): Case => [
      name,
      status,
      who,
      status === 404 ? { ...options, url: `${V}/leads/none/outcomes` } : options,
    ],
  ),
  [
    `POST ${V}/leads/{leadId}/attachments`,
    201,
    "investigator",
    { url: `${V}/leads/lead-t/attachments?name=a`, headers: image, payload: "a" },
  ],
  [
    `POST ${V}/leads/{leadId}/attachments`,
    400,
    "investigator",
    { url: `${V}/leads/lead-t/attachments`, headers: image, payload: "a" },
  ],
  [
    `POST ${V}/leads/{leadId}/attachments`,
    404,
    "investigator",
    { url: `${V}/leads/none/attachments?name=a`, headers: image, payload: "a" },
  ],
  [
    `POST ${V}/leads/{leadId}/attachments`,
    409,
    "investigator",
    { url: `${V}/leads/lead-gone/attachments?name=a`, headers: image, payload: "a" },
  ],
  [
    `POST ${V}/leads/{leadId}/attachments`,
    413,
    "investigator",
    { url: `${V}/leads/lead-t/attachments?name=a`, headers: image, payload: large },
  ],
  [
    `POST ${V}/leads/{leadId}/attachments`,
    415,
    "investigator",
    { url: `${V}/leads/lead-t/attachments?name=a`, headers: { "content-type": "text/html" }, payload: "a" },
  ],
  ...sending(
    `POST ${V}/leads/{leadId}/orders`,
    201,
    "/leads/lead-t/orders",
    { day: "2026-05-08" },
    {},
    {
      url: "/leads/lead-t/orders",
      payload: { day: "2020-01-01" },
    },
  ),
  [`GET ${FIELD}`, 200, undefined, { url: `${V}/field/orders/<order>`, headers: crew }],
  [`GET ${FIELD}`, 401, undefined],
  [
    `POST ${FIELD}/points/{sampleId}`,
    200,
    undefined,
    { url: `${V}/field/orders/<order>/points/<bottle>`, headers: crew, payload: notTaken },
  ],
  [
    `POST ${FIELD}/points/{sampleId}`,
    400,
    undefined,
    { url: `${V}/field/orders/<order>/points/<bottle>`, headers: crew, payload: {} },
  ],
  [`POST ${FIELD}/points/{sampleId}`, 401, undefined, { payload: notTaken }],
  [
    `POST ${FIELD}/points/{sampleId}`,
    404,
    undefined,
    { url: `${V}/field/orders/<order>/points/none`, headers: crew, payload: notTaken },
  ],
  [
    `POST ${FIELD}/points/{sampleId}`,
    409,
    undefined,
    { url: `${V}/field/orders/<order>/points/<bottle>`, headers: crew, payload: { ...notTaken, at: "2027-01-01T00:00:00Z" } },
  ],
  [
    `POST ${FIELD}/photos`,
    201,
    undefined,
    { url: `${V}/field/orders/<order>/photos`, headers: { ...crew, ...image }, payload: "a" },
  ],
  [
    `POST ${FIELD}/photos`,
    409,
    undefined,
    {
      url: `${V}/field/orders/<fullOrder>/photos`,
      headers: { authorization: "Order <fullCrew>", ...image },
      payload: "one too many",
    },
  ],
  [`POST ${FIELD}/photos`, 401, undefined, { headers: image, payload: "a" }],
  [
    `POST ${FIELD}/photos`,
    413,
    undefined,
    { url: `${V}/field/orders/<order>/photos`, headers: { ...crew, ...image }, payload: large },
  ],
  [
    `POST ${FIELD}/photos`,
    415,
    undefined,
    { url: `${V}/field/orders/<order>/photos`, headers: { ...crew, "content-type": "text/html" }, payload: "a" },
  ],
  [
    `POST ${V}/leads/{leadId}/orders/{orderId}/cancel`,
    200,
    "investigator",
    { url: `${V}/leads/lead-t/orders/<spareOrder>/cancel` },
  ],
  [`POST ${V}/leads/{leadId}/orders/{orderId}/cancel`, 404, "investigator"],
  [`POST ${V}/authorisations`, 201, "investigator", { payload: { ...asked, reference: "2" } }],
  [`POST ${V}/authorisations`, 400, "investigator", { payload: { ...asked, legalBasis: "law" } }],
  [`POST ${V}/authorisations`, 409, "investigator", { payload: { ...asked, validUntil: "2020-01-01T00:00:00Z" } }],
  [`GET ${V}/authorisations`, 200, "investigator"],
  [`GET ${V}/authorisations`, 400, "investigator", { url: `${V}/authorisations?lead=l` }],
  ...([200, 400, 404, 409] as const).map((status): Case => {
    const url = `${V}/authorisations/${status === 404 ? "none" : "<authorisation>"}/decisions`;
    const payload = { decision: status === 409 ? "approved" : "refused", reason: status === 400 ? "" : "no case" };
    return [`POST ${V}/authorisations/{authorisationId}/decisions`, status, "admin", { url, payload }];
  }),
];

/** What they are about: the ids written as `<order>`. */
export async function prepareLeads({ ask, records }: World): Promise<Record<string, string>> {
  await saveTraced(records, "lead-t", 2);
  await records.leads.save(leadOf("lead-r", { state: "referred" }));
  await records.leads.save(leadOf("lead-gone", { anonymisedAt: "2026-05-06T08:00:00.000Z", state: "referred" }));
  const made = async (url: string, payload: object | string, headers = {}) =>
    (await ask({ method: "POST", url: `${V}${url}`, who: "investigator", payload, headers })).body;
  const { order, token } = await made("/leads/lead-t/orders", { day: "2026-05-07" });
  await saveTraced(records, "lead-full", 1);
  const full = await made("/leads/lead-full/orders", { day: "2026-05-07" });
  const file = {
    leadId: "lead-full",
    name: "a",
    mediaType: "image/jpeg",
    bytes: 1,
    addedBy: "Li",
    addedAt: full.order.orderedAt,
  };
  for (let i = 0; i < 200; i++) await records.caseFiles.attach({ ...file, sha256: String(i) }, new Uint8Array(1));
  return {
    fullOrder: full.order.orderId,
    fullCrew: full.token,
    order: order.orderId,
    crew: token,
    bottle: order.points[0].sampleId,
    spareOrder: (await made("/leads/lead-t/orders", { day: "2026-05-09" })).order.orderId,
    file: (await made("/leads/lead-t/attachments?name=a", "b", image)).sha256,
    authorisation: (await made("/authorisations", asked)).authorisationId,
  };
}
