import { randomBytes } from "node:crypto";
import type { Db } from "./tables.ts";

/** Somebody has taken an alert in hand. */
export interface Acknowledgement {
  /** Of the link it came by, so that a link counts once. */
  acknowledgementId: string;
  /** The anomaly or lead. */
  subject: string;
  at: string;
  actor: string;
}

/** An alert that another endpoint is told of when nobody acknowledges it in time. */
export interface Escalation {
  escalationId: string;
  /** Told first. */
  endpointId: string;
  messageId: string;
  subject: string;
  /** Which step of the endpoint's escalation it waits for, from 0. */
  step: number;
  dueAt: string;
}

export interface AcknowledgementRecords {
  /** Returns the one that is kept: this one, or the earlier under the same id. */
  add(acknowledgement: Acknowledgement): Promise<Acknowledgement>;
  find(acknowledgementId: string): Promise<Acknowledgement | undefined>;
  /** Those about the subject, the first one first. */
  of(subject: string): Promise<Acknowledgement[]>;
  /** The key that links to acknowledge are signed with; made when first asked for, the same for every process. */
  signingKey(): Promise<Buffer>;
  /** Keeps the escalation unless it is there already. */
  expect(escalation: Escalation): Promise<void>;
  /** Escalations whose time has come, the oldest first. */
  due(now: string, limit: number): Promise<Escalation[]>;
  /** Writes down what became of it, so that it is not due any more. */
  settle(escalationId: string, state: "escalated" | "acknowledged"): Promise<void>;
}

const PURPOSE = "acknowledgement";
const KEY_BYTES = 32;

export function acknowledgementRecords(db: Db): AcknowledgementRecords {
  const find = (acknowledgementId: string) =>
    db.selectFrom("acknowledgements").selectAll().where("acknowledgementId", "=", acknowledgementId).executeTakeFirst();
  return {
    async add(acknowledgement) {
      await db
        .insertInto("acknowledgements")
        .values(acknowledgement)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return (await find(acknowledgement.acknowledgementId)) ?? acknowledgement;
    },
    find,
    of: (subject) => db.selectFrom("acknowledgements").selectAll().where("subject", "=", subject).orderBy("at").execute(),
    async signingKey() {
      const kept = () => db.selectFrom("signingKeys").select("secret").where("purpose", "=", PURPOSE).executeTakeFirst();
      if (!(await kept())) {
        await db
          .insertInto("signingKeys")
          .values({ purpose: PURPOSE, secret: randomBytes(KEY_BYTES).toString("base64") })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      return Buffer.from((await kept())?.secret as string, "base64");
    },
    async expect(escalation) {
      await db
        .insertInto("escalations")
        .values({ ...escalation, state: "expected" })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async due(now, limit) {
      const rows = await db
        .selectFrom("escalations")
        .selectAll()
        .where("state", "=", "expected")
        .where("dueAt", "<=", now)
        .orderBy("dueAt")
        .limit(limit)
        .execute();
      return rows.map(({ state: _state, ...escalation }) => escalation);
    },
    async settle(escalationId, state) {
      await db.updateTable("escalations").set({ state }).where("escalationId", "=", escalationId).execute();
    },
  };
}
