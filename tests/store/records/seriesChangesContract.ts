import { expect, it } from "vitest";
import type { Records } from "../../../store/records/records.ts";
import { openedBy } from "./opening.ts";

/** What the records promise to those who keep answers made of the series. */
export function seriesChangesContract(engine: string, open: () => Promise<Records>): void {
  const opened = openedBy(open);
  const loadOf = (siteId: string | null) => ({ measure: "load", siteId }) as const;

  it(`${engine}: a change is told once to who has seen the number before, and a later one of the same series again`, async () => {
    const { seriesChanges } = await opened();
    expect(await seriesChanges.after(0)).toEqual([]);
    await seriesChanges.add([loadOf("a"), loadOf("b"), { measure: "doses", siteId: null }]);
    const first = await seriesChanges.after(0);
    expect(first.map(({ measure, siteId }) => `${measure} ${siteId}`).toSorted()).toEqual(["doses null", "load a", "load b"]);
    const seen = Math.max(...first.map(({ changeNumber }) => changeNumber));
    expect(await seriesChanges.after(seen)).toEqual([]);
    await seriesChanges.add([loadOf("b")]);
    expect(await seriesChanges.after(seen)).toMatchObject([loadOf("b")]);
    await seriesChanges.add([]);
    expect(await seriesChanges.after(seen)).toHaveLength(1);
  });

  it(`${engine}: a reader beside many writers misses no change`, async () => {
    const { seriesChanges } = await opened();
    const told = new Set<string | null>();
    let [seen, writing] = [0, true];
    const look = async () => {
      for (const { siteId, changeNumber } of await seriesChanges.after(seen)) {
        told.add(siteId);
        seen = Math.max(seen, changeNumber);
      }
    };
    const reading = (async () => {
      while (writing) await look();
      await look();
    })();
    const sites = Array.from({ length: 60 }, (_, n) => `site-${n}`);
    await Promise.all(sites.map((siteId) => seriesChanges.add([loadOf(siteId)])));
    writing = false;
    await reading;
    expect([...told].toSorted()).toEqual(sites.toSorted());
  });

  it(`${engine}: the hash of what is hidden changes with what is hidden, and with nothing else`, async () => {
    const { quality } = await opened();
    const shown = { excludeFromAnalysis: true, excludeFromQualityReport: false, rules: ["r"], siteId: "a", analyte: "mdma" };
    const hashOf = async () => (await quality.hiddenHashes()).get("a");
    const hashes: (string | undefined)[] = [await hashOf()];
    for (const hidden of [[], ["one"], ["one", "two"], ["two"], []]) {
      const suppressions = ["one", "two"].map((resultId) => ({
        ...shown,
        resultId,
        hideFromDashboard: hidden.includes(resultId),
      }));
      await quality.replaceSuppressions("a", suppressions);
      const hash = await hashOf();
      await quality.replaceSuppressions("a", suppressions.toReversed());
      expect(await hashOf()).toBe(hash);
      hashes.push(hash);
    }
    expect(new Set(hashes).size).toBe(5); // none judged yet, none, one, both, two; none again is none
    expect(hashes[5]).toBe(hashes[1]);
  });
}
