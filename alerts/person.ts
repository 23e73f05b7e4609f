import type { Person } from "../schemas/authorisation.ts";

/** Names alike but for case, width, accents and blanks are one name: `Ｌｉ  Wei` is `li wei`. */
function plain(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "").replace(/\s+/gu, " ").trim().toLowerCase();
}

/** Whether two keys are to be taken for one person's: a second key of the same name is not a second person, whatever its organisation. */
export function isSamePerson(one: Pick<Person, "keyId" | "name">, other: Pick<Person, "keyId" | "name">): boolean {
  return one.keyId === other.keyId || plain(one.name) === plain(other.name);
}
