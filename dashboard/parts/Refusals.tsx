import type { Refusal } from "../../schemas/refusal.ts";
import { formatNumber } from "../format.ts";
import { t } from "../language.ts";

/** Refusals of one kind that are shown; the rest is counted. */
const SHOWN = 20;

/** What was refused: first how often of each kind, then where, what was found, what was expected and how to mend it. */
export function Refusals({ refusals }: { refusals: readonly Refusal[] }) {
  const byCode = [...Map.groupBy(refusals, ({ code }) => code)].toSorted(([, a], [, b]) => b.length - a.length);
  return (
    <div class="refusals">
      {byCode.map(([code, ofCode]) => (
        <details key={code} open={byCode.length === 1}>
          <summary>
            <strong>{code}</strong> × {formatNumber(ofCode.length)} <span class="muted">{ofCode[0]!.mend}</span>
          </summary>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{t("refusal.where")}</th>
                <th scope="col">{t("refusal.found")}</th>
                <th scope="col">{t("refusal.expected")}</th>
              </tr>
            </thead>
            <tbody>
              {ofCode.slice(0, SHOWN).map((refusal) => (
                <tr key={`${placeText(refusal)} ${refusal.found}`}>
                  <th scope="row">{placeText(refusal)}</th>
                  <td>{refusal.found}</td>
                  <td>{refusal.expected}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {ofCode.length > SHOWN && <p class="muted small">{t("refusal.more", { more: formatNumber(ofCode.length - SHOWN) })}</p>}
        </details>
      ))}
    </div>
  );
}

function placeText({ where }: Refusal): string {
  const { file, sheet, cell, row, topic, partition, offset, path } = where;
  const parts = [file, sheet && cell ? `${sheet}!${cell}` : (cell ?? (row === undefined ? undefined : String(row)))];
  const message = topic === undefined ? undefined : `${topic}/${partition ?? 0}@${offset ?? "?"}`;
  return [...parts, message, path].filter(Boolean).join(" ");
}
