import { expect, it } from "vitest";
import { openEmbeddedFile } from "../../../store/embedded.ts";
import { openEmbeddedRecords } from "../../../store/records/open.ts";
import { announcedSeries } from "../../../store/series/announced.ts";
import { openEmbeddedSeries } from "../../../store/series/embedded.ts";
import { type Point, PointsRefused } from "../../../store/series/series.ts";

const point: Point = { measure: "load", siteId: "a", name: "mdma", variant: "v", timeMs: Date.UTC(2026, 0, 1), value: 1 };
const ever = { fromMs: 0, toMs: Date.UTC(2200, 0) };

async function opened() {
  const file = openEmbeddedFile(":memory:");
  const { seriesChanges } = await openEmbeddedRecords(file);
  const plain = openEmbeddedSeries(file);
  const changed = async () => (await seriesChanges.after(0)).map(({ measure, siteId }) => `${measure} ${siteId}`).toSorted();
  return { plain, seriesChanges, series: announcedSeries(plain, seriesChanges), changed };
}

it("what is written or removed is on record when the call resolves, readings are not", async () => {
  const { series, changed } = await opened();
  await series.write([point, { ...point, name: "ketamine" }, { ...point, siteId: "b" }, { ...point, measure: "reading" }]);
  expect(await changed()).toEqual(["load a", "load b"]);
  await series.remove({ measure: "doses", siteIds: ["c"], ...ever });
  await series.remove({ measure: "doses", ...ever });
  expect(await changed()).toEqual(["doses c", "doses null", "load a", "load b"]);
});

it("a write that is refused in part is on record all the same, and still refused", async () => {
  const { series, changed } = await opened();
  await expect(series.write([point, { ...point, siteId: "b", value: Number.NaN }])).rejects.toBeInstanceOf(PointsRefused);
  expect(await changed()).toContain("load a");
});

it("a write that could not be put on record is not acknowledged", async () => {
  const { plain, seriesChanges } = await opened();
  const away = { ...seriesChanges, add: () => Promise.reject(new Error("away")) };
  await expect(announcedSeries(plain, away).write([point])).rejects.toThrow("away");
});
