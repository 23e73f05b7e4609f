import { formatNumber, formatShare } from "../format.ts";
import { t, tData } from "../language.ts";
import { leadCalls } from "../leadCalls.ts";
import { useLoaded } from "../loaded.ts";
import { State } from "../parts/State.tsx";
import { NodeButton } from "./LeadCandidates.tsx";

/** Where the baselines are too uncertain to trace by: which manholes to measure on ordinary days, and whether it makes sense. */
export function Survey(props: { leadId: string; version: number; chosen: string | null; onChoose: (node: string) => void }) {
  const { leadId, version, chosen, onChoose } = props;
  const loaded = useLoaded(`survey ${leadId} ${version}`, (signal) => leadCalls.survey(leadId, signal));
  return (
    <State of={loaded} empty={t("state.notFound")}>
      {({ verdict, traceableShare, traceableShareSurveyed, excessGD, manholes }) => (
        <>
          <p>{tData("surveyVerdict", verdict)}</p>
          <p class="muted small">
            {t("survey.shares", {
              load: formatNumber(excessGD),
              now: formatShare(traceableShare),
              surveyed: formatShare(traceableShareSurveyed),
            })}
          </p>
          {verdict !== "too_uncertain" && (
            <ol class="next">
              {manholes.map(({ node, samples, because }) => (
                <li key={node} class={node === chosen ? "chosen" : undefined}>
                  <NodeButton node={node} chosen={chosen} onChoose={onChoose} />
                  <span class="small">{t("survey.manhole", { samples, share: formatShare(because.values.upstreamShare) })}</span>
                </li>
              ))}
            </ol>
          )}
        </>
      )}
    </State>
  );
}
