import { expect, it } from "vitest";
import type { Records } from "../../../store/records/records.ts";
import type { SiteJudgement } from "../../../store/records/rises.ts";
import { openedBy } from "./opening.ts";

function riseOf(siteId: string, start: string, change: Partial<SiteJudgement["rises"][number]> = {}) {
  return {
    anomalyId: `${siteId}-${start}`,
    siteId,
    region: "North",
    analyte: "mdma",
    start,
    end: start,
    peak: start,
    raisedOn: start,
    upward: true,
    method: "m-1",
    chance: 1e-5,
    circumstances: { ratio: 9 },
    weighed: "{}",
    ...change,
  };
}

/** What the sites tell each other, as tests that each engine passes. */
export function risesContract(engine: string, open: () => Promise<Records>): void {
  const opened = async () => (await openedBy(open)()).rises;
  const none = { rises: [], months: {}, batchDays: [] };

  it(`${engine}: what a site tells again replaces what it told, and leaves the other sites alone`, async () => {
    const rises = await opened();
    const other = riseOf("b", "2026-05-02", { upward: false, method: null });
    await rises.replace("a", { ...none, rises: [riseOf("a", "2026-05-03"), riseOf("a", "2026-05-01")] });
    await rises.replace("b", { ...none, rises: [other] });
    await rises.replace("a", { ...none, rises: [riseOf("a", "2026-05-01", { chance: 2e-5 })] });
    const { circumstances: _c, ...told } = other;
    const [first, second] = await rises.list();
    expect(first).toMatchObject({ anomalyId: "a-2026-05-01", chance: 2e-5 });
    expect(second).toEqual(told);
    await rises.setWeighed(first!.anomalyId, `{"batch":null}`);
    expect(await rises.ofSite("a")).toEqual([riseOf("a", "2026-05-01", { chance: 2e-5, weighed: `{"batch":null}` })]);
  });

  it(`${engine}: judged values are counted by month over all sites, as last told`, async () => {
    const rises = await opened();
    await rises.replace("a", { ...none, months: { "2026-04": 90, "2026-05": 12 } });
    await rises.replace("b", { ...none, months: { "2026-05": 30 } });
    await rises.replace("a", { ...none, months: { "2026-05": 15 } });
    expect(await rises.judgedByMonth()).toEqual(new Map([["2026-05", 45]]));
  });

  it(`${engine}: what methods moved is found by day; a day told anew counts once, one no longer told is gone`, async () => {
    const rises = await opened();
    const moved = (day: string, up: number) => ({ day, method: "m-1", measured: 6, up, down: 0 });
    const years = Array.from({ length: 1_200 }, (_, i) => moved(new Date(i * 86_400_000).toISOString().slice(0, 10), 1));
    await rises.replace("a", { ...none, batchDays: [...years, moved("2026-05-01", 0), moved("2026-05-02", 0)] });
    await rises.replace("b", { ...none, batchDays: [moved("2026-05-01", 5)] });
    await rises.replace("a", { ...none, batchDays: [...years, moved("2026-05-01", 6)] });
    const found = await rises.batchDays(["2026-05-01", "2026-05-02", "2026-05-02"]);
    expect(found.toSorted((a, b) => (a.siteId < b.siteId ? -1 : 1))).toEqual([
      { siteId: "a", ...moved("2026-05-01", 6) },
      { siteId: "b", ...moved("2026-05-01", 5) },
    ]);
    expect(await rises.batchDays(years.map(({ day }) => day))).toHaveLength(years.length);
    expect([await rises.methodsOf("a"), await rises.methodsOf("c")]).toEqual([["m-1"], []]);
  });
}
