import fc from "fast-check";
import { expect, it } from "vitest";
import { wallClock } from "../../dashboard/format.ts";

const ZONES = ["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "UTC"];

// Against Intl itself, moment by moment: the clock keeps offsets by the quarter of an hour.
it("is the clock on the wall of the zone, through every change of it", () => {
  const moments = fc.date({ min: new Date("2015-01-01"), max: new Date("2030-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(moments, fc.constantFrom(...ZONES), (moment, timeZone) => {
      const fields = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
      const expected = new Intl.DateTimeFormat("sv-SE", { timeZone, ...fields }).format(moment);
      return wallClock(moment.toISOString(), timeZone).toISOString().slice(0, 16).replace("T", " ") === expected;
    }),
  );
});

it("the hour that summer time takes is not there, the one that winter gives is there twice", () => {
  const hours = (moments: string[]) => moments.map((moment) => wallClock(moment, "Europe/Berlin").getUTCHours());
  expect(hours(["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"])).toEqual([1, 3]);
  expect(hours(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])).toEqual([2, 2]);
});
