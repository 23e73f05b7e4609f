import { expect, it } from "vitest";
import type { ApiKey } from "../../../schemas/key.ts";
import type { Records } from "../../../store/records/records.ts";
import { AT } from "./nouns.ts";
import { openedBy } from "./opening.ts";

const LATER = "2026-05-06T09:00:00.000Z";

/** What every engine promises of keys and sessions. */
export function keysContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);

  const key: ApiKey = {
    keyId: "k-1",
    name: "n",
    role: "analyst",
    organisation: "o",
    createdAt: AT,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    rotatedAt: null,
    regions: ["East", "West"],
    scopes: ["series:read"],
  };

  it(`${engine}: a rotated key has another secret, and the one before until it ends`, async () => {
    const { keys } = await opened();
    await keys.add(key, "00");
    expect(await keys.find("k-1")).toEqual({ key, secretSha256: "00", previous: null });
    expect(await keys.rotate("nobody", { secretSha256: "11", at: LATER, previousUntil: LATER })).toBe(false);
    expect(await keys.rotate("k-1", { secretSha256: "11", at: AT, previousUntil: LATER })).toBe(true);
    const rotated = { ...key, rotatedAt: AT };
    expect(await keys.find("k-1")).toEqual({ key: rotated, secretSha256: "11", previous: { sha256: "00", until: LATER } });
    const described = { keyId: "k-1", name: "m", role: "investigator", organisation: "p", regions: null } as const;
    await keys.describe(described);
    expect(await keys.list()).toEqual([{ ...rotated, ...described }]);
  });

  it(`${engine}: who was shown a key's secret is known, once, and who was shown theirs, in a circle too`, async () => {
    const { keys } = await opened();
    const a = { keyId: "a", name: "Li" };
    const b = { keyId: "b", name: "Wang" };
    const c = { keyId: "c", name: "Zhang" };
    for (const at of [AT, LATER]) await keys.shown("a", b, at);
    expect(await keys.shownTo("a")).toEqual([b]);
    await keys.shown("b", c, AT);
    await keys.shown("c", a, AT);
    expect(await keys.shownTo("a")).toEqual([b, c]);
    expect(await keys.shownTo("nobody")).toEqual([]);
  });

  it(`${engine}: a session ends, and with it what it may do`, async () => {
    const { keys } = await opened();
    await keys.add(key, "00");
    await keys.openSession({ tokenSha256: "t", keyId: "k-1", expiresAt: LATER }, AT);
    expect(await keys.sessionKey("t", AT)).toEqual(key);
    expect(await keys.sessionKey("t", LATER)).toBeUndefined();
    expect(await keys.revoke("k-1", LATER)).toBe(true);
    expect(await keys.revoke("nobody", LATER)).toBe(false);
    expect((await keys.sessionKey("t", AT))?.revokedAt).toBe(LATER);
    await keys.endSession("t");
    expect(await keys.sessionKey("t", AT)).toBeUndefined();
  });
}
