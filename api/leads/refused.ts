import { AuthorisationRefused } from "../../alerts/authorisations.ts";
import { CaseFileRefused } from "../../alerts/caseFile.ts";
import { TransitionRefused } from "../../alerts/leads.ts";
import { OrderRefused } from "../../alerts/orders.ts";
import { conflict } from "../problems.ts";

const REFUSALS = [AuthorisationRefused, CaseFileRefused, OrderRefused, TransitionRefused];

/** What the work answers; where a guard refuses it, a 409 with the guard's own words. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (REFUSALS.some((refusal) => error instanceof refusal)) throw conflict((error as Error).message);
    throw error;
  }
}
