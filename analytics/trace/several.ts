import type { Evidence, FoundSource } from "./evidence.ts";
import type { SewerGraph } from "./graph.ts";
import { TRACE_MODEL, type TraceModel } from "./model.ts";
import { type SourcePosterior, sourcePosterior, type TraceInput } from "./posterior.ts";

/** Sources looked for beside each other: more than a crew could follow at once. */
const SOURCES_MAX = 4;

export interface SeveralSources {
  /** Probability that there is more than one, given that there is one. */
  readonly probability: number;
  /** Each source given the others; one where a second is less likely than not. */
  readonly sources: readonly SourcePosterior[];
  /** What one more source would look like, given those. */
  readonly further: SourcePosterior;
}

/**
 * Looks for more sources by peeling: the most probable place is taken as found, its load joins the ordinary ones, and the search
 * opens again on what is left. A further source is believed where both together explain the samples better than any one alone,
 * by more than the places, masses and days that were picked for the first give away.
 */
export function severalSources(graph: SewerGraph, input: TraceInput, first: SourcePosterior): SeveralSources {
  const model = input.model ?? TRACE_MODEL;
  let sources = [first];
  let probability = 0;
  for (;;) {
    const peeled = sources.map((source) => peel(source, input, model));
    const further = sourcePosterior(graph, { ...input, known: first, found: peeled.map(({ found }) => found) });
    const given = sources.at(-1)!; // its evidence is that of all but itself being found
    const { furtherSource } = model;
    const lnFactor = further.logPointSource + peeled.at(-1)!.lnPicked - given.logPointSource;
    const likely = 1 / (1 + ((1 - furtherSource) / furtherSource) * Math.exp(-lnFactor));
    if (sources.length === 1) probability = likely;
    if (!(likely > 0.5) || sources.length === SOURCES_MAX) return { probability, sources, further };
    const grown = [...sources, further];
    sources = grown.map((_, i) => {
      const others = grown.filter((__, j) => j !== i).map((source) => peel(source, input, model).found);
      return sourcePosterior(graph, { ...input, known: first, found: others });
    });
  }
}

/** The most probable class and excess as a found source, with ln of the prior probability of what was picked. */
function peel({ classes, classExcess, evidence, classPrior }: SourcePosterior, input: TraceInput, model: TraceModel) {
  let [best, bestExcess] = [0, 0];
  let most = -1;
  for (const [c, own] of classExcess.entries()) {
    const sum = own.reduce((total, p) => total + p, 0);
    if (sum > most) [most, best, bestExcess] = [sum, c, own.indexOf(Math.max(...own))];
  }
  const loadGD = new Map<number, number>();
  for (const [j, at] of classes.paths[best]!.at.entries()) {
    loadGD.set(evidence.sampled[at]!, evidence.excessGD[bestExcess]! * classes.paths[best]!.gain[j]!);
  }
  const { silentDays, emittingDays } = daysOf(evidence, loadGD, input, model);
  const lnDays = Math.log(
    model.emission.reduce((sum, { share, prior }) => sum + prior * share ** emittingDays * (1 - share) ** silentDays.size, 0),
  );
  const lnPicked = Math.log(classPrior[best]!) + Math.log(evidence.excessPrior[bestExcess]!) + lnDays;
  return { found: { loadGD, silentDays } satisfies FoundSource, lnPicked };
}

/** Sampling days on which the source's load was missing where it should have passed, and on which it was there. */
function daysOf(evidence: Evidence, loadGD: ReadonlyMap<number, number>, { trigger }: TraceInput, model: TraceModel) {
  const lnOdds = new Map<string, number>();
  const effectSdLn = model.effectLevels[0]!.staticSdLn;
  for (const { at, lnBaseline, results } of evidence.visits) {
    const added = loadGD.get(evidence.sampled[at]!);
    if (added === undefined) continue;
    for (const { lnLoad, sdLn, date, censored, foundGD } of results) {
      const ordinaryGD = Math.exp(lnBaseline) + foundGD;
      const sd = Math.hypot(sdLn, effectSdLn);
      const quiet = (lnLoad - Math.log(ordinaryGD)) / sd;
      const loud = (lnLoad - Math.log(ordinaryGD + added)) / sd;
      // Below a limit only a load that should have been above it tells something.
      const weight = censored ? -(Math.min(0, loud) ** 2) / 2 : (quiet * quiet - loud * loud) / 2;
      lnOdds.set(date, (lnOdds.get(date) ?? 0) + weight);
    }
  }
  lnOdds.delete(trigger?.date ?? "");
  const silent = [...lnOdds].flatMap(([date, ln]) => (ln < 0 ? [date] : []));
  return { silentDays: new Set(silent), emittingDays: lnOdds.size - silent.length };
}
