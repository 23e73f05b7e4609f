import type { Bearing, LeadCandidate } from "../../schemas/leadCandidate.ts";
import { formatNumber } from "../format.ts";
import { t } from "../language.ts";
import { ShareBar } from "../parts/glyphs.tsx";

/** Longer lists are for the report; nobody reads them on a page. */
const SHOWN = 12;

/** Stretches of sewer, most probable first, with who lives behind them and what speaks for and against. */
export function Candidates(props: {
  candidates: readonly LeadCandidate[];
  chosen: string | null;
  onChoose: (node: string) => void;
}) {
  const { candidates, chosen, onChoose } = props;
  const more = candidates.length - SHOWN;
  return (
    <div class="scroll">
      <table class="plain">
        <caption class="visually-hidden">{t("lead.candidates")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("lead.node")}</th>
            <th scope="col">{t("lead.probabilityHead")}</th>
            <th scope="col" class="number">
              {t("lead.set")}
            </th>
            <th scope="col" class="number">
              {t("lead.people")}
            </th>
            <th scope="col">{t("lead.bearing")}</th>
          </tr>
        </thead>
        <tbody>
          {candidates.slice(0, SHOWN).map(({ node, probability, set, people, supports, contradicts }) => (
            <tr key={node} class={node === chosen ? "chosen" : undefined}>
              <th scope="row">
                <NodeButton node={node} chosen={chosen} onChoose={onChoose} />
              </th>
              <td>
                <ShareBar share={probability} strong={set === "50"} digits={1} />
              </td>
              <td class="number">{set === null ? "–" : `${set}%`}</td>
              <td class="number">{people === null ? "–" : formatNumber(people, 2)}</td>
              <td class="small">
                {supports.length > 0 && <span class="for">{t("lead.supports", { places: placesOf(supports) })}</span>}
                {contradicts.length > 0 && (
                  <span class="against">{t("lead.contradicts", { places: placesOf(contradicts) })}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="muted small">{t("lead.more", { more })}</p>}
    </div>
  );
}

/** Each place once, with how many samples: `M107 (2), M108`. */
function placesOf(samples: readonly Bearing[]): string {
  const byPlace = Map.groupBy(samples, ({ node }) => node);
  return [...byPlace].map(([place, of]) => (of.length > 1 ? `${place} (${of.length})` : place)).join(", ");
}

export function NodeButton({
  node,
  chosen,
  onChoose,
}: {
  node: string;
  chosen: string | null;
  onChoose: (node: string) => void;
}) {
  return (
    <button type="button" class="link" aria-pressed={node === chosen} onClick={() => onChoose(node)}>
      {node}
    </button>
  );
}
