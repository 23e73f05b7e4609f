import { useState } from "preact/hooks";
import type { ApiKey, Role } from "../../schemas/key.ts";
import { api, type LogEntry } from "../api.ts";
import { formatMoment } from "../format.ts";
import { keyring } from "../keyring.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { failureOf } from "../parts/failure.ts";
import { listed } from "../parts/listed.ts";
import { State } from "../parts/State.tsx";

const ROLES = Object.keys({ lab: 0, analyst: 0, investigator: 0, admin: 0 } satisfies Record<Role, 0>) as Role[];

/** Who may come in. A key is shown once, when it is made or its secret changed. */
export function Access() {
  const [version, setVersion] = useState(0);
  const [token, setToken] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const keys = useLoaded(
    `keys ${version}`,
    (signal) => keyring.keys(signal),
    (items) => items.length === 0,
  );
  /** Does it, shows the key that came of it, and the list anew. */
  const act = async (work: () => Promise<unknown>) => {
    setFailure(null);
    try {
      const made = (await work()) as { token?: string } | undefined;
      setToken(made?.token ?? null);
      setVersion((count) => count + 1);
      return true;
    } catch (error) {
      setFailure(failureOf(error));
      return false;
    }
  };
  return (
    <section class="card list-card">
      <State of={keys} empty={t("keys.none")}>
        {(items) => <Keys items={items} act={act} />}
      </State>
      <div class="in-list">
        {token && (
          <p role="status">
            {t("keys.shownOnce")} <code>{token}</code>
          </p>
        )}
        {failure && (
          <p class="form-failure" role="alert">
            {failure}
          </p>
        )}
        <NewKey act={act} />
      </div>
    </section>
  );
}

type Act = (work: () => Promise<unknown>) => Promise<boolean>;

function Keys({ items, act }: { items: readonly ApiKey[]; act: Act }) {
  return (
    <table class="ranking">
      <thead>
        <tr>
          <th scope="col">{t("keys.name")}</th>
          <th scope="col">{t("keys.role")}</th>
          <th scope="col">{t("keys.organisation")}</th>
          <th scope="col" class="wide">
            {t("keys.lastUsed")}
          </th>
          <th scope="col" class="wide">
            {t("keys.until")}
          </th>
          <th scope="col">
            <span class="visually-hidden">{t("keys.change")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((key) => (
          <tr key={key.keyId}>
            <th scope="row">
              {key.name}
              <span class="small muted"> {[...(key.regions ?? []), ...(key.scopes ?? [])].join(", ")}</span>
            </th>
            <td>{tData("role", key.role)}</td>
            <td>{key.organisation}</td>
            <td class="wide">{key.lastUsedAt ? formatMoment(key.lastUsedAt, "UTC") : "–"}</td>
            <td class="wide">{key.expiresAt ? formatMoment(key.expiresAt, "UTC") : "–"}</td>
            <td>
              {key.revokedAt ? (
                <span class="badge">{t("keys.revoked")}</span>
              ) : (
                <>
                  <button type="button" class="button quiet" onClick={() => void act(() => keyring.rotate(key.keyId))}>
                    {t("keys.rotate")}
                  </button>
                  <button type="button" class="button quiet" onClick={() => void act(() => keyring.revoke(key.keyId))}>
                    {t("keys.revoke")}
                  </button>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const EMPTY = { name: "", organisation: "", until: "", regions: "", scopes: "" };

/** What is left empty limits nothing. */
function NewKey({ act }: { act: Act }) {
  const [fields, setFields] = useState(EMPTY);
  const [role, setRole] = useState<Role>("analyst");
  const field = (name: keyof typeof EMPTY) => ({
    name,
    value: fields[name],
    onInput: (event: { currentTarget: { value: string } }) => setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const { name, organisation, until, regions, scopes } = fields;
    const limits = (text: string) => (listed(text).length > 0 ? listed(text) : null);
    const expiresAt = until === "" ? null : new Date(`${until}T23:59:59Z`).toISOString();
    const draft = { name, role, organisation, expiresAt, regions: limits(regions), scopes: limits(scopes) };
    if (await act(() => keyring.add(draft))) setFields(EMPTY);
  };
  return (
    <details>
      <summary>{t("keys.add")}</summary>
      <form onSubmit={submit} class="stacked">
        <label>
          {t("keys.name")}
          <input required maxLength={100} {...field("name")} />
        </label>
        <label>
          {t("keys.role")}
          <select value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
            {ROLES.map((value) => (
              <option key={value} value={value}>
                {tData("role", value)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("keys.organisation")}
          <input required maxLength={64} {...field("organisation")} />
        </label>
        <label>
          {t("keys.untilDay")}
          <input type="date" {...field("until")} />
        </label>
        <label>
          {t("keys.regions")}
          <input {...field("regions")} />
        </label>
        <label>
          {t("keys.scopes")}
          <input placeholder="series:read, uploads:write" {...field("scopes")} />
        </label>
        <button type="submit" class="button primary">
          {t("keys.add")}
        </button>
      </form>
    </details>
  );
}

/** Who did and saw what, newest first. */
export function Audit() {
  const audit = useLoaded(
    "audit",
    (signal) => api.audit(signal),
    (items) => items.length === 0,
  );
  return (
    <section class="card list-card">
      <State of={audit} empty={t("audit.none")}>
        {(items) => (
          <table class="ranking">
            <thead>
              <tr>
                <th scope="col">{t("audit.at")}</th>
                <th scope="col">{t("audit.who")}</th>
                <th scope="col">{t("audit.what")}</th>
                <th scope="col" class="wide">
                  {t("audit.of")}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.toReversed().map((entry: LogEntry) => (
                <tr key={entry.seq}>
                  <th scope="row">{formatMoment(entry.at, "UTC")}</th>
                  <td>{entry.actor}</td>
                  <td>{entry.action}</td>
                  <td class="wide subject">{entry.subject}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </State>
    </section>
  );
}
