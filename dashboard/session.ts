import { signal } from "@preact/signals";
import type { Role } from "../schemas/key.ts";
import { api } from "./api.ts";

export interface Session {
  name: string;
  role: Role;
  organisation: string;
}

/** Null: nobody is signed in. */
export const session = signal<Session | null>(null);

export async function loadSession(): Promise<void> {
  session.value = await api.session().catch(() => null);
}

/** @throws ApiError with status 401 when the key is not valid */
export async function signIn(key: string): Promise<void> {
  await api.signIn(key);
  session.value = await api.session();
}

export async function signOut(): Promise<void> {
  await api.signOut();
  session.value = null;
}

/** The server no longer knows the session: the sign-in page shows, and the address stays for afterwards. */
export function sessionLost(): void {
  session.value = null;
}

/** Whether a page or action is for the role; the server decides again on every request. */
export function may(...roles: Role[]): boolean {
  const role = session.value?.role;
  return role === "admin" || (role !== undefined && roles.includes(role));
}
