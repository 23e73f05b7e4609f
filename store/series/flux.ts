import { type FluxParameterLike, flux, fluxExpression, type ParameterizedQuery } from "@influxdata/influxdb-client";
import type { SeriesQuery } from "./series.ts";

// All Flux of the project: InfluxDB 3 does without it. Values reach a query only through flux`` templates, which escape them.

/** Points lie in here, see accept.ts; a Flux range needs two ends. */
const ALL_TIME = { fromMs: Date.UTC(1677, 9, 1), toMs: Date.UTC(2262, 0, 1) };

type Matching = Omit<SeriesQuery, "fromMs" | "toMs">;

/** One row a point, its fields as columns. */
export function fluxRead(bucket: string, query: SeriesQuery): ParameterizedQuery {
  return flux`${selection(bucket, query, query)}
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> drop(columns: ["_start", "_stop"])`;
}

/** One row a series: its newest point. Every point has every field, so the newest of each field are of one point. */
export function fluxLatest(bucket: string, query: Matching): ParameterizedQuery {
  return flux`${selection(bucket, query, ALL_TIME)}
  |> last()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> drop(columns: ["_start", "_stop"])`;
}

/**
 * One row a series, window and aggregate, named in the column `aggregate`. Each aggregate selects the points for itself: only
 * then does the storage compute it, instead of handing out every point.
 */
export function fluxWindows(bucket: string, query: SeriesQuery & { windowS: number }): ParameterizedQuery {
  const every = fluxExpression(`${Math.round(query.windowS * 1_000)}ms`);
  const points = selection(bucket, query, query);
  const aggregate = (field: string, name: string, call: string) =>
    fragment(flux`${points}
  |> filter(fn: (r) => r._field == ${field})
  |> aggregateWindow(every: ${every}, fn: ${fluxExpression(call)}, timeSrc: "_start", createEmpty: false)
  |> toFloat()
  |> set(key: "aggregate", value: ${name})
  |> drop(columns: ["_start", "_stop", "_field"])`);
  return flux`union(tables: [
${aggregate("value", "mean", "mean")},
${aggregate("value", "min", "min")},
${aggregate("value", "max", "max")},
${aggregate("value", "count", "count")},
${aggregate("censored", "censoredCount", "sum")},
])`;
}

function selection(bucket: string, query: Matching, { fromMs, toMs }: { fromMs: number; toMs: number }): FluxParameterLike {
  return fragment(flux`from(bucket: ${bucket})
  |> range(start: ${new Date(Math.ceil(fromMs))}, stop: ${new Date(Math.ceil(toMs))})
  |> filter(fn: (r) => r._measurement == ${query.measure}${oneOf("site", query.siteIds)}${oneOf("subject", query.names)}${oneOf("variant", query.variants)})`);
}

/** An `or` of all: contains() is 20 to 30 times slower. Halved and halved again, since Flux refuses a deeply nested chain. */
function oneOf(tag: string, wanted: readonly string[] | undefined): FluxParameterLike {
  if (!wanted) return fluxExpression("");
  const anyOf = (values: readonly string[]): string => {
    if (values.length === 1) return flux`r[${tag}] == ${values[0]}`.toString();
    const middle = Math.ceil(values.length / 2);
    return `(${anyOf(values.slice(0, middle))} or ${anyOf(values.slice(middle))})`;
  };
  return fluxExpression(` and ${anyOf(wanted)}`);
}

/** For use inside another template: its values are escaped already. */
const fragment = (query: ParameterizedQuery): FluxParameterLike => fluxExpression(query.toString());
