import { z } from "zod";
import { badRequest } from "./problems.ts";

export const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

/** Query fields of every list. */
export const page = {
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  cursor: z.string().max(500).optional(),
};

/** The answer of every list; `next` is the cursor of the following page. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), next: z.string().nullable() });
}

/** Where a page ended, as opaque text. */
export function toCursor(position: Record<string, string>): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

export function fromCursor<T extends Record<string, string>>(
  cursor: string | undefined,
  fields: readonly (keyof T & string)[],
): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    return z
      .strictObject(Object.fromEntries(fields.map((field) => [field, z.string()])))
      .parse(JSON.parse(Buffer.from(cursor, "base64url").toString())) as T;
  } catch {
    throw badRequest({
      en: "The cursor is not one of this list: take `next` of the page before.",
      zh: "游标不属于该列表：请使用上一页返回的 `next`。",
    });
  }
}

/** Asks for one more than a page to see whether there is a following one. */
export function paged<T>(
  rows: readonly T[],
  limit: number,
  position: (last: T) => Record<string, string>,
): { items: T[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? toCursor(position(last)) : null };
}
