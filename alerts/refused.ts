import type { Bilingual } from "../schemas/anomaly.ts";

/** What a guard does not let happen, and why, in words for the one who tried. */
export class Refused extends Error {
  readonly said: Bilingual;
  constructor(en: string, zh: string) {
    super(en);
    this.said = { en, zh };
  }
}
