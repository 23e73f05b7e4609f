import type { LeadVersion } from "../../schemas/lead.ts";
import { formatMoment } from "../format.ts";
import { language, sentence, t } from "../language.ts";

/** What changed from version to version, and why; the newest first. */
export function Versions({ versions, timeZone }: { versions: readonly LeadVersion[]; timeZone: string }) {
  return (
    <ol class="log">
      {versions.toReversed().map(({ version, at, actor, why, changes, contentHash }) => (
        <li key={version}>
          <span class="muted small">{formatMoment(at, timeZone)}</span>
          <br />
          <strong>{t("version.number", { version })}</strong> <span class="muted">{actor}</span>
          {why[language.value] !== "" && <p>{sentence(why)}</p>}
          <ul class="small">
            {changes.map((change) => (
              <li key={change.code}>{sentence(change)}</li>
            ))}
          </ul>
          <span class="muted small" title={contentHash}>
            SHA-256 {contentHash.slice(0, 12)}…
          </span>
        </li>
      ))}
    </ol>
  );
}
