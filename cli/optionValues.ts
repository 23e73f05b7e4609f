import { day as daySchema } from "../schemas/identifiers.ts";
import { CommandError, exit } from "./exitCodes.ts";

/** @throws {CommandError} the text is no whole number from `least` to `most` */
export function wholeNumber(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(number) && number >= least && number <= most) return number;
  const to = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
  throw new CommandError(`--${option}: found "${text}", expected a whole number from ${least}${to}`, exit.usage);
}

/** @throws {CommandError} the text is no day of the calendar */
export function dayOf(option: string, text: string): string {
  if (daySchema.safeParse(text).success) return text;
  throw new CommandError(`--${option}: found "${text}", expected a day such as 2026-06-30`, exit.usage);
}

/** Days with commas between them. */
export function daysOf(option: string, text: string): ReadonlySet<string> {
  const days = text.split(",").filter(Boolean);
  return new Set(days.map((day) => dayOf(option, day)));
}

/** @throws {CommandError} the text is none of the choices */
export function oneOf<T extends string>(option: string, text: string | undefined, choices: readonly T[]): T {
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw new CommandError(`--${option}: found "${text ?? ""}", expected one of ${choices.join(", ")}`, exit.usage);
}
