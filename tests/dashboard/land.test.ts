import { expect, it } from "vitest";
import { outlines } from "../../dashboard/maps/land.ts";

it("every ring lies on the earth, at most some degrees beyond the date line", () => {
  for (const ring of outlines) {
    for (const [latitude, longitude] of ring) {
      expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
      expect(longitude).toBeGreaterThanOrEqual(-191);
      expect(longitude).toBeLessThanOrEqual(191);
    }
  }
});

// Capes at the ends of continents: Chelyuskin, Agulhas, Froward in the south of America, Finisterre.
it("the countries lie where they lie", () => {
  const points = outlines.flat();
  const near = (latitude: number, longitude: number) =>
    Math.min(...points.map(([y, x]) => Math.hypot(y - latitude, x - longitude)));
  for (const [latitude, longitude] of [
    [77.7, 104.3],
    [-34.8, 20],
    [-53.9, -71.3],
    [43, -9.2],
  ] as const)
    expect(near(latitude, longitude)).toBeLessThan(1.5);
});
