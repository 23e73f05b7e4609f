import { signal } from "@preact/signals";
import type { Anomaly } from "../schemas/anomaly.ts";
import { ApiError } from "./answer.ts";
import { api } from "./api.ts";
import { sessionLost } from "./session.ts";

/** What a page may show that changes while it is looked at. */
export type Topic = "anomalies" | "leads" | "series";

/** Something that has just happened, to be told wherever the reader is. */
export interface News {
  id: string;
  event: string;
  anomaly: Pick<Anomaly, "anomalyId" | "siteId" | "analyte" | "start" | "end"> | null;
  leadId: string | null;
}

/** Since when the server's events do not come any more; null while they come. */
export const interruptedSince = signal<Date | null>(null);
/** The newest first. */
export const news = signal<readonly News[]>([]);

/** Grows whenever what the topic is about may have changed. */
const versions = signal<Record<Topic, number>>({ anomalies: 0, leads: 0, series: 0 });

/** A short loss, such as the server ending a stream after its quarter of an hour, is not worth a word. */
const SILENCE_MS = 8_000;
/** A stream that was refused is asked for again after this time. */
const AGAIN_MS = 5_000;
/** Events come in bursts (an upload touches many series): pages ask again once a burst. */
const BURST_MS = 1_500;
const NEWS_MAX = 3;

/** Changes when a page that shows these topics should ask again. */
export function versionOf(topics: readonly Topic[]): string {
  return topics.map((topic) => versions.value[topic]).join(" ");
}

/** Follows the server's events until the returned function is called. */
export function followEvents(): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let burst: ReturnType<typeof setTimeout> | undefined;
  let done: number | null = null;
  const touched = new Set<Topic>();
  const touch = (...topics: Topic[]) => {
    for (const topic of topics) touched.add(topic);
    burst ??= setTimeout(() => {
      burst = undefined;
      const next = { ...versions.value };
      for (const topic of touched) next[topic] += 1;
      touched.clear();
      versions.value = next;
    }, BURST_MS);
  };
  const lost = () => {
    const at = new Date();
    timer ??= setTimeout(() => {
      interruptedSince.value ??= at;
    }, SILENCE_MS);
    if (source?.readyState === EventSource.CLOSED) setTimeout(again, AGAIN_MS);
  };
  const back = () => {
    clearTimeout(timer);
    timer = undefined;
    if (interruptedSince.value) touch("anomalies", "leads", "series"); // what was told meanwhile may be too old to be told again
    interruptedSince.value = null;
  };
  const tell = (event: MessageEvent<string>) => {
    touch(event.type.startsWith("lead.") ? "leads" : "anomalies");
    const item = newsOf(event);
    if (item && !news.value.some(({ id }) => id === item.id)) news.value = [item, ...news.value].slice(0, NEWS_MAX);
  };
  const open = () => {
    source = new EventSource("/api/v1/stream");
    source.addEventListener("open", back);
    source.addEventListener("error", lost);
    for (const name of EVENTS) source.addEventListener(name, tell);
    source.addEventListener("pipeline", ({ data }: MessageEvent<string>) => {
      const { changes } = JSON.parse(data) as { changes: number };
      if (done !== null && changes !== done) touch("series");
      done = changes;
    });
  };
  const again = () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    // a stream does not say why it was refused; the session does
    api.session().catch((error: unknown) => ApiError.from(error).status === 401 && sessionLost());
    open();
  };
  const offline = () => {
    interruptedSince.value ??= new Date();
  };
  addEventListener("offline", offline);
  addEventListener("online", back);
  open();
  return () => {
    removeEventListener("offline", offline);
    removeEventListener("online", back);
    clearTimeout(timer);
    clearTimeout(burst);
    source?.close();
    interruptedSince.value = null;
    news.value = [];
  };
}

const EVENTS = ["anomaly.raised", "anomaly.retracted", "lead.opened", "lead.updated", "lead.retracted"];

function newsOf({ type, data, lastEventId }: MessageEvent<string>): News | null {
  const payload = (JSON.parse(data) as { data: Record<string, unknown> }).data;
  const id = lastEventId || crypto.randomUUID();
  if (type === "anomaly.raised") return { id, event: type, anomaly: payload as unknown as Anomaly, leadId: null };
  if (type === "lead.opened") return { id, event: type, anomaly: null, leadId: String(payload["leadId"]) };
  return null;
}
