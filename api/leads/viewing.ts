import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Person } from "../../schemas/authorisation.ts";
import type { Lead } from "../../schemas/lead.ts";
import type { ApiPorts } from "../ports.ts";
import { ApiProblem, notFound } from "../problems.ts";

/** Enough for a reason, too little for a report. */
const PURPOSE_MAX = 300;
/** Letters and digits that a purpose has at least: "x" or "..." is none. */
const PURPOSE_LETTERS_MIN = 4;

/** Everybody who looks at a lead says what for: in the header, percent-encoded where it is not ASCII, or in the address. */
export const purposeHeader = z.looseObject({
  "x-purpose": z
    .string()
    .max(9 * PURPOSE_MAX)
    .optional(),
});
export const purposeQuery = { purpose: z.string().max(PURPOSE_MAX).optional() };

const PURPOSE_NEEDED = { en: "A lead is shown for a stated purpose only.", zh: "查看线索须说明用途。" };

/** Whether the request says anything of its purpose, be it enough or not. */
export function isPurposeStated(request: FastifyRequest): boolean {
  return saidOf(request) !== "";
}

function saidOf({ query, headers }: FastifyRequest): string {
  const { purpose } = query as { purpose?: string };
  return (purpose ?? decoded(String(headers["x-purpose"] ?? ""))).replace(/\s+/gu, " ").trim();
}

/** The purpose as it is written down. @throws {ApiProblem} 400 where none is stated */
export function statedPurpose(request: FastifyRequest): string {
  const text = saidOf(request);
  const letters = text.match(/[\p{L}\p{N}]/gu) ?? [];
  if (new Set(letters).size >= PURPOSE_LETTERS_MIN && text.length <= PURPOSE_MAX) return text;
  const where = { path: "headers.x-purpose" };
  const expected = `why the lead is looked at, in 4 to ${PURPOSE_MAX} characters, such as "case 2026-117, sampling round"`;
  const mend = "Send it percent-encoded in the header x-purpose, or as ?purpose= in the address. It is kept in the audit log.";
  const code = text === "" ? "purpose_missing" : "purpose_invalid";
  throw new ApiProblem(400, "Bad request", PURPOSE_NEEDED, [{ code, where, found: text, expected, mend }]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a bare percent sign in plain text
  }
}

/** Looks leads up and writes down who saw them, before they are shown. */
export function viewing({ records, now }: Pick<ApiPorts, "records" | "now">) {
  const write = (request: FastifyRequest, subject: string, what: string, purpose: string) => {
    const { name, keyId, organisation } = request.key;
    const content = { what, purpose, keyId, organisation };
    return records.chains.append("audit", { at: now().toISOString(), actor: name, action: "lead.viewed", subject, content });
  };
  const find = async (leadId: string): Promise<Lead> => {
    const found = await records.leads.find(leadId);
    if (!found) throw notFound("lead", leadId);
    return found;
  };
  return {
    find,
    /** The lead, to be shown as `what` for the purpose that the request states. */
    async view(request: FastifyRequest, leadId: string, what: string): Promise<Lead> {
      const purpose = statedPurpose(request);
      const found = await find(leadId);
      await write(request, leadId, what, purpose);
      return found;
    },
    /** Several at once, as a list shows them; a list of none is no view. */
    async viewAll(request: FastifyRequest, leads: readonly Lead[], what: string): Promise<void> {
      const purpose = statedPurpose(request);
      if (leads.length > 0) await write(request, leads.map(({ leadId }) => leadId).join(" "), what, purpose);
    },
    /** The answer to a change shows the lead too; what was done is its purpose. */
    async viewChanged(request: FastifyRequest, lead: Lead, what: string): Promise<Lead> {
      await write(request, lead.leadId, "change", what);
      return lead;
    },
  };
}

/** Who acts, as a lead's log names them. */
export function personOf({ key: { keyId, name, organisation } }: FastifyRequest): Person {
  return { keyId, name, organisation };
}
