import type { Authorisation } from "../../schemas/authorisation.ts";
import { formatMoment } from "../format.ts";
import { t, tData } from "../language.ts";
import { leadCalls } from "../leadCalls.ts";
import { Form } from "./Form.tsx";
import { Reasoned } from "./Reasoned.tsx";

const DAY_MS = 86_400_000;
/** An authorisation that nobody says more of ends after so many days. */
const VALID_DAYS = 30;

/** What two people allowed below the smallest population, and on what legal basis: for a lead's places, or for leads at a plant. */
export function Authorisations(props: {
  subject: Authorisation["subject"];
  timeZone: string;
  authorisations: readonly Authorisation[];
  onChanged: () => void;
}) {
  const { subject, timeZone, authorisations, onChanged } = props;
  return (
    <>
      <p class="small muted">{t(subject.kind === "lead" ? "authorisation.what" : "authorisation.whatOfSite")}</p>
      <ul class="plain-list">
        {authorisations.map(({ authorisationId, state, legalBasis, reference, validUntil, requestedBy, decidedBy }) => (
          <li key={authorisationId}>
            <strong>{tData("authorisationState", state)}</strong> {legalBasis}, {reference}
            <p class="small muted">
              {t("authorisation.who", {
                by: requestedBy.name,
                second: decidedBy?.name ?? "–",
                until: formatMoment(validUntil, timeZone),
              })}
            </p>
            {(state === "requested" || state === "approved") && (
              <Reasoned
                actions={(state === "requested" ? (["approved", "refused", "withdrawn"] as const) : (["withdrawn"] as const)).map(
                  (value) => ({
                    value,
                    label: tData("authorisationAct", value),
                  }),
                )}
                onDo={async (decision, reason) => {
                  await leadCalls.decide(authorisationId, decision as "approved", reason);
                  onChanged();
                }}
              />
            )}
          </li>
        ))}
      </ul>
      <Form
        label={t("authorisation.ask")}
        go={t("authorisation.ask")}
        send={async ({ legalBasis = "", reference = "", days = "" }) => {
          const validUntil = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
          await leadCalls.askAuthorisation(subject, { legalBasis, reference, validUntil });
          onChanged();
        }}
      >
        <label>
          {t("authorisation.basis")}
          <input name="legalBasis" required minLength={10} maxLength={500} />
        </label>
        <label>
          {t("authorisation.reference")}
          <input name="reference" required maxLength={100} />
        </label>
        <label>
          {t("authorisation.days")}
          <input type="number" name="days" required min={1} max={365} defaultValue={String(VALID_DAYS)} />
        </label>
      </Form>
    </>
  );
}
