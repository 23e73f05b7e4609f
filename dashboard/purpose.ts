import { signal } from "@preact/signals";
import { client } from "./answer.ts";

const KEPT_AS = "purpose";

/** What the reader looks at leads for, until the tab is closed; the server keeps it with every view. */
export const purpose = signal<string | null>(sessionStorage.getItem(KEPT_AS));

export function statePurpose(text: string | null): void {
  purpose.value = text;
  if (text === null) sessionStorage.removeItem(KEPT_AS);
  else sessionStorage.setItem(KEPT_AS, text);
}

client.use({
  onRequest({ request }) {
    // headers are ASCII
    if (purpose.value !== null && new URL(request.url).pathname.startsWith("/api/v1/leads"))
      request.headers.set("x-purpose", encodeURIComponent(purpose.value));
    return request;
  },
});

/** The address of something of a lead that the browser opens or saves by itself, with the purpose in it. */
export function leadAddress(leadId: string, what: string, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({ purpose: purpose.value ?? "", ...more });
  return `/api/v1/leads/${encodeURIComponent(leadId)}/${what}?${query}`;
}
