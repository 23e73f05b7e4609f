import type { Authorisation } from "../schemas/authorisation.ts";
import type { Attachment, LeadStatistics, NewOutcome, Outcome } from "../schemas/caseFile.ts";
import type { Lead, LeadVersion } from "../schemas/lead.ts";
import type { LeadCandidate } from "../schemas/leadCandidate.ts";
import type { LeadSurvey } from "../schemas/leadSurvey.ts";
import type { SamplingOrder } from "../schemas/order.ts";
import { answer, at, client } from "./answer.ts";

const of = (leadId: string) => ({ params: { path: { leadId } } });

/** What the pages of a lead ask and send beyond the lead itself. */
export const leadCalls = {
  statistics: (signal?: AbortSignal): Promise<LeadStatistics> => answer(client.GET("/api/v1/leads/statistics", at(signal))),
  candidates: async (leadId: string, signal?: AbortSignal): Promise<LeadCandidate[]> =>
    (await answer(client.GET("/api/v1/leads/{leadId}/candidates", { ...of(leadId), ...at(signal) }))).items,
  survey: (leadId: string, signal?: AbortSignal): Promise<LeadSurvey> =>
    answer(client.GET("/api/v1/leads/{leadId}/survey", { ...of(leadId), ...at(signal) })),
  versions: async (leadId: string, signal?: AbortSignal): Promise<LeadVersion[]> =>
    (await answer(client.GET("/api/v1/leads/{leadId}/versions", { ...of(leadId), ...at(signal) }))).items,
  outcomes: async (leadId: string, signal?: AbortSignal): Promise<Outcome[]> =>
    (await answer(client.GET("/api/v1/leads/{leadId}/outcomes", { ...of(leadId), ...at(signal) }))).items,
  attachments: async (leadId: string, signal?: AbortSignal): Promise<Attachment[]> =>
    (await answer(client.GET("/api/v1/leads/{leadId}/attachments", { ...of(leadId), ...at(signal) }))).items,
  orders: async (leadId: string, signal?: AbortSignal): Promise<SamplingOrder[]> =>
    (await answer(client.GET("/api/v1/leads/{leadId}/orders", { ...of(leadId), ...at(signal) }))).items as SamplingOrder[],
  authorisations: async ({ kind, id }: Authorisation["subject"], signal?: AbortSignal): Promise<Authorisation[]> => {
    const query = kind === "lead" ? { leadId: id } : { siteId: id };
    return (await answer(client.GET("/api/v1/authorisations", { params: { query }, ...at(signal) }))).items;
  },
  assign: (leadId: string, assignee: string | null): Promise<Lead> =>
    answer(client.PUT("/api/v1/leads/{leadId}/assignee", { ...of(leadId), body: { assignee } })),
  merge: (leadId: string, into: string, reason: string): Promise<Lead> =>
    answer(client.POST("/api/v1/leads/{leadId}/transitions", { ...of(leadId), body: { to: "merged", reason, into } })),
  addOutcome: (leadId: string, outcome: NewOutcome): Promise<Outcome> =>
    answer(client.POST("/api/v1/leads/{leadId}/outcomes", { ...of(leadId), body: outcome })),
  attach: (leadId: string, file: File): Promise<Attachment> =>
    answer(
      client.POST("/api/v1/leads/{leadId}/attachments", {
        params: { path: { leadId }, query: { name: file.name } },
        headers: { "content-type": file.type || "application/octet-stream" },
        body: "" as never, // the document says binary; the file itself is sent
        bodySerializer: () => file,
      }),
    ),
  order: (leadId: string, day: string): Promise<{ order: SamplingOrder; page: string }> =>
    answer(client.POST("/api/v1/leads/{leadId}/orders", { ...of(leadId), body: { day } })) as Promise<{
      order: SamplingOrder;
      page: string;
    }>,
  cancelOrder: (leadId: string, orderId: string): Promise<unknown> =>
    answer(client.POST("/api/v1/leads/{leadId}/orders/{orderId}/cancel", { params: { path: { leadId, orderId } } })),
  askAuthorisation: (
    subject: Authorisation["subject"],
    asked: { legalBasis: string; reference: string; validUntil: string },
  ): Promise<Authorisation> => answer(client.POST("/api/v1/authorisations", { body: { ...asked, subject } })),
  decide: (authorisationId: string, decision: "approved" | "refused" | "withdrawn", reason: string): Promise<Authorisation> =>
    answer(
      client.POST("/api/v1/authorisations/{authorisationId}/decisions", {
        params: { path: { authorisationId } },
        body: { decision, reason },
      }),
    ),
};
