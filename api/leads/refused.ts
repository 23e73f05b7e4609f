import { Refused } from "../../alerts/refused.ts";
import { conflict } from "../problems.ts";

/** What the work answers; where a guard refuses it, a 409 with the guard's own words in the reader's language. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) throw conflict(error.said);
    throw error;
  }
}
