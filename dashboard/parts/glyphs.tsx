import { formatRank, formatShare } from "../format.ts";
import { t } from "../language.ts";

interface Past {
  time: string;
  value: number;
  censored: boolean;
}

const WIDTH = 108;
const HEIGHT = 26;

/**
 * A series as a word-sized line, log scale, without axis. Drawn by hand and not by Plot: a list shows hundreds at once, before
 * the chart library has come.
 */
export function Sparkline({ history }: { history: readonly Past[] }) {
  const drawn = history.filter(({ value }) => value > 0);
  if (drawn.length < 2) return <span class="muted">–</span>;
  const times = drawn.map(({ time }) => Date.parse(time));
  const logs = drawn.map(({ value }) => Math.log(value));
  const [t0, t1] = [times[0]!, times.at(-1)!];
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const x = (index: number) => 3 + ((times[index]! - t0) / (t1 - t0 || 1)) * (WIDTH - 7);
  const y = (index: number) => HEIGHT - 4 - ((logs[index]! - low) / (high - low || 1)) * (HEIGHT - 8);
  const last = drawn.length - 1;
  let path = "";
  let pen = false;
  const usual = (t1 - t0) / drawn.length;
  for (const [index, { censored }] of drawn.entries()) {
    const gap = index > 0 && times[index]! - times[index - 1]! > 6 * usual;
    if (censored || gap) pen = false;
    if (censored) continue;
    path += `${pen ? "L" : "M"}${x(index).toFixed(1)} ${y(index).toFixed(1)}${pen ? "" : "h0.1"}`;
    pen = true;
  }
  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} />
      {drawn[last]!.censored ? (
        <path class="below" d={`M${x(last) - 3} ${y(last) - 2}h6l-3 5z`} />
      ) : (
        <circle cx={x(last)} cy={y(last)} r="2.4" />
      )}
    </svg>
  );
}

/** Where a value stands among others: the middle half is darker, the mark is the value. */
export function PercentileStrip({ percentile }: { percentile: number | null }) {
  if (percentile === null) return <span class="muted">–</span>;
  const label = t("overview.percentileOf", { percentile: formatRank(percentile) });
  return (
    <span class="percentile" title={label}>
      <svg width="72" height="12" viewBox="0 0 72 12" aria-hidden="true">
        <rect class="strip-all" x="3" y="4" width="66" height="4" rx="2" />
        <rect class="strip-middle" x="20.5" y="4" width="31" height="4" />
        <circle class={percentile >= 0.95 ? "strip-mark high" : "strip-mark"} cx={5 + percentile * 62} cy="6" r="4" />
      </svg>
      <span class="number">{formatRank(percentile)}</span>
    </span>
  );
}

/** A share as a bar with its number beside it. */
export function ShareBar({ share, strong = false, digits = 0 }: { share: number; strong?: boolean; digits?: number }) {
  return (
    <span class="share">
      <svg width="80" height="8" viewBox="0 0 80 8" aria-hidden="true">
        <rect class="strip-all" width="80" height="8" rx="2" />
        <rect
          class={strong ? "share-fill strong" : "share-fill"}
          width={Math.max(0, Math.min(1, share)) * 80}
          height="8"
          rx="2"
        />
      </svg>
      <span class="number">{formatShare(share, digits)}</span>
    </span>
  );
}
