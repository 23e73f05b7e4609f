import type { Verdict } from "../../schemas/anomaly.ts";
import { formatShare } from "../format.ts";
import { t, tData } from "../language.ts";
import { VERDICT_SOURCES } from "../states.ts";
import { verdictText } from "./AnomalyCard.tsx";

const WIDTH = 120;

/** The likely causes as parts of one bar, always in the same order, with the likeliest in words beside it. */
export function VerdictBar({ verdict }: { verdict: Verdict | null }) {
  if (!verdict) return <span class="muted">–</span>;
  const parts = VERDICT_SOURCES.map((source) => ({ source, share: verdict.probabilities[source] ?? 0 }));
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { share }) => sum + share, 0));
  const title = parts
    .filter(({ share }) => share > 0)
    .map(({ source, share }) => `${tData("verdict", source)} ${formatShare(share)}`)
    .join(", ");
  return (
    <span class="verdict" title={title}>
      <svg width={WIDTH} height="10" viewBox={`0 0 ${WIDTH} 10`} role="img" aria-label={t("anomaly.causes", { causes: title })}>
        {parts.map(({ source, share }, index) => (
          <rect key={source} class={`verdict-${source}`} x={starts[index]! * WIDTH} width={share * WIDTH} height="10" />
        ))}
      </svg>
      <span>{verdictText(verdict)}</span>
    </span>
  );
}

/** What the parts of a bar mean, in their order. */
export function VerdictKey() {
  return (
    <p class="legend">
      {VERDICT_SOURCES.map((source) => (
        <span key={source}>
          <svg width="12" height="10" aria-hidden="true">
            <rect class={`verdict-${source}`} width="12" height="10" />
          </svg>{" "}
          {tData("verdict", source)}
        </span>
      ))}
    </p>
  );
}
