import { createTransport } from "nodemailer";
import { ATTEMPT_TIMEOUT_MS, type Attempt, messageOf } from "./deliver.ts";
import type { Letter } from "./formats/letter.ts";

/** Sends letters through the operator's mail server. */
export interface Mailer {
  /** One attempt; never throws. The same message id makes the same letter: a reader that has it shows it once. */
  send(letter: Letter, to: string, messageId: string): Promise<Attempt>;
  close(): void;
}

export interface MailSettings {
  /** `smtp://user:password@host:587` or `smtps://…:465`. */
  url: string;
  from: string;
}

/** From here on an SMTP server means no, not later. */
const PERMANENT = 500;

export function openMailer({ url, from }: MailSettings): Mailer {
  const transport = createTransport(
    { url, connectionTimeout: ATTEMPT_TIMEOUT_MS, greetingTimeout: ATTEMPT_TIMEOUT_MS, socketTimeout: ATTEMPT_TIMEOUT_MS },
    { from },
  );
  const domain = from.replace(/^.*@/, "").replace(/>.*$/, "");
  return {
    async send({ subject, text, headers }, to, messageId) {
      const started = performance.now();
      const durationMs = () => Math.round(performance.now() - started);
      try {
        const sent = await transport.sendMail({
          to,
          subject,
          text,
          headers,
          messageId: `<${messageId}@${domain}>`,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        const status = Number(/^\d{3}/.exec(sent.response)?.[0] ?? 250);
        return { status, error: null, durationMs: durationMs(), answer: sent.response };
      } catch (error) {
        const { responseCode, response } = error as { responseCode?: number; response?: string };
        const refused = responseCode !== undefined && responseCode >= PERMANENT;
        return {
          status: responseCode ?? null,
          error: messageOf(error),
          durationMs: durationMs(),
          answer: response ?? null,
          ...(refused ? { final: "message" as const } : {}),
        };
      }
    },
    close: () => transport.close(),
  };
}
