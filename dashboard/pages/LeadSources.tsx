import type { Posterior } from "../../schemas/lead.ts";
import { formatNumber, formatShare } from "../format.ts";
import { t } from "../language.ts";
import { NodeButton } from "./LeadCandidates.tsx";

/** Places of each source: as many as tell them apart. */
const SHOWN = 5;

/** Each of several sources, given the others: where it may be and how much is put in. */
export function Sources(props: { posterior: Posterior; chosen: string | null; onChoose: (node: string) => void }) {
  const { posterior, chosen, onChoose } = props;
  return (
    <div class="scroll">
      <table class="plain">
        <caption class="visually-hidden">{t("lead.sources")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("lead.source")}</th>
            <th scope="col">{t("lead.node")}</th>
            <th scope="col" class="number">
              {t("lead.set90")}
            </th>
            <th scope="col" class="number">
              {t("lead.mass")} <span class="unit">{t("unit.g/d")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {posterior.sources.map(({ candidates, credible, massGD }, i) => (
            <tr key={candidates[0]?.node ?? i}>
              <th scope="row">{i + 1}</th>
              <td>
                <ul class="plain-list">
                  {candidates.slice(0, SHOWN).map(({ node, probability }) => (
                    <li key={node}>
                      <NodeButton node={node} chosen={chosen} onChoose={onChoose} />{" "}
                      <span class="muted small">{formatShare(probability, 1)}</span>
                    </li>
                  ))}
                </ul>
              </td>
              <td class="number">{t("lead.setNodes", { nodes: credible["90"].nodes.length })}</td>
              <td class="number">
                {massGD && `${formatNumber(massGD.median)} (${formatNumber(massGD.low)}–${formatNumber(massGD.high)})`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted small">{t("lead.sourcesMean")}</p>
    </div>
  );
}
