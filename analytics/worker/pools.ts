import type { Site } from "../../schemas/site.ts";
import type { Records } from "../../store/records/records.ts";
import { TERMS } from "../detect/design.ts";
import { DEFAULT_PRIORS, type Pool, type Priors } from "../detect/pool.ts";
import { REFERENCE_VERSION, referencePools } from "../detect/referencePools.ts";
import type { Sampling } from "../detect/threshold.ts";

export interface VersionedPool extends Pool {
  readonly version: string;
}

/** By kind of site and analyte, oldest first. */
export type LearnedPools = ReadonlyMap<string, readonly VersionedPool[]>;

export const poolKeyOf = (siteKind: Site["kind"], analyte: string) => `${siteKind} ${analyte}`;

/** The pools learned from the operator's own series, as they are in force. */
export async function readLearnedPools({ pools }: Records): Promise<LearnedPools> {
  const rows = (await pools.inForce()).map(({ analyte, siteKind, from, version, series, content }) => {
    const pool = { from, version, size: series, priors: priorsOf(content as StoredPriors) };
    return [poolKeyOf(siteKind as Site["kind"], analyte), pool] as const;
  });
  return new Map([...Map.groupBy(rows, ([key]) => key)].map(([key, same]) => [key, same.map(([, pool]) => pool)]));
}

/**
 * What is known of like series: the reference that ships, and from the first half year on that the operator's own series were enough
 * for, what these tell. Campaigns keep to the reference, whose series are sampled as theirs are.
 */
export function poolsFor(siteKind: Site["kind"], analyte: string, sampling: Sampling, learned: LearnedPools): VersionedPool[] {
  const reference = referencePools(sampling).get(analyte) ?? [];
  const own = sampling === "campaigns" ? [] : (learned.get(poolKeyOf(siteKind, analyte)) ?? []);
  return [...reference.map((pool) => ({ ...pool, version: REFERENCE_VERSION })), ...own];
}

/** The pool in force on a day, as it is recorded with what was found by it. */
export function poolOn(pools: readonly VersionedPool[], day: string): { version: string; series: number } | null {
  const pool = pools.findLast(({ from }) => from <= day);
  return pool ? { version: pool.version, series: pool.size } : null;
}

/** Priors as plain numbers. */
export interface StoredPriors extends Omit<Priors, "mean" | "sd"> {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

/** Significant digits kept: more are not known, and two machines may differ in the last. */
const DIGITS = 6;

export function toStored({ mean, sd, ...noise }: Priors): StoredPriors {
  const rounded = (value: number) => Number(value.toPrecision(DIGITS));
  const means = [...mean].map(rounded);
  means[TERMS.level] = 0; // of each series its own: the first value stands in for it
  const scalars = Object.fromEntries(Object.entries(noise).map(([name, value]) => [name, rounded(value)]));
  return { ...(scalars as typeof noise), mean: means, sd: [...sd].map(rounded) };
}

/** What an earlier version did not learn is as by default. */
function priorsOf({ mean, sd, ...noise }: StoredPriors): Priors {
  return { ...DEFAULT_PRIORS, ...noise, mean: Float64Array.from(mean), sd: Float64Array.from(sd) };
}
