/** Changes whenever the same data may give another score. */
export const DETECTOR = { name: "model", version: "3" } as const;

/** What the operator may decide about detection. */
export interface DetectSettings {
  /** False alarms the operator accepts, per site and year; rests between sampling campaigns do not count. */
  readonly falseAlarmsPerYear: number;
  /** Days other than New Year on which a different load is expected, such as public holidays. */
  readonly holidays: ReadonlySet<string>;
  /** A raised step or ramp that has lasted so many days, and so many values, is the new baseline. */
  readonly shiftAcceptedDays: number;
  readonly shiftAcceptedValues: number;
}

export const DETECT_DEFAULTS: DetectSettings = {
  falseAlarmsPerYear: 0.5,
  holidays: new Set(),
  shiftAcceptedDays: 60,
  shiftAcceptedValues: 10,
};
