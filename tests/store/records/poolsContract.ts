import { expect, it, onTestFinished } from "vitest";
import type { Records } from "../../../store/records/records.ts";

/** What is learned from one's own series, as tests that each engine passes. */
export function poolsContract(engine: string, open: () => Promise<Records>): void {
  it(`${engine}: of each analyte, kind of site and half year the pool learned last is in force, under a version of its content`, async () => {
    const records = await open();
    onTestFinished(() => records.close());
    const pool = (from: string, sigma: number, analyte = "mdma") => ({
      analyte,
      siteKind: "wwtp",
      from,
      series: 9,
      content: { sigma },
    });
    await records.pools.add(pool("2026-01-01", 0.3), "2026-01-15T00:00:00.000Z");
    await records.pools.add(pool("2026-01-01", 0.4), "2026-02-15T00:00:00.000Z");
    await records.pools.add(pool("2025-07-01", 0.5), "2025-07-15T00:00:00.000Z");
    await records.pools.add(pool("2026-01-01", 0.3, "cocaine"), "2026-01-15T00:00:00.000Z");
    const inForce = await records.pools.inForce();
    expect(inForce.map(({ version: _version, ...row }) => row)).toEqual([
      pool("2026-01-01", 0.3, "cocaine"),
      pool("2025-07-01", 0.5),
      pool("2026-01-01", 0.4),
    ]);
    expect(new Set(inForce.map(({ version }) => version)).size).toBe(3);
    await records.pools.add(pool("2026-01-01", 0.3), "2026-03-15T00:00:00.000Z"); // learned again as it was at first
    const again = (await records.pools.inForce()).at(-1)!;
    expect(again).toMatchObject(pool("2026-01-01", 0.3));
    expect(again.version).toBe(inForce[0]!.version); // a version names the content
  });
}
