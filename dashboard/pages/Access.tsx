import { useState } from "preact/hooks";
import type { ApiKey, Role } from "../../schemas/key.ts";
import { ApiError, api, type LogEntry } from "../api.ts";
import { formatMoment } from "../format.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { State } from "../parts/State.tsx";

const ROLES = Object.keys({ lab: 0, analyst: 0, investigator: 0, admin: 0 } satisfies Record<Role, 0>) as Role[];

/** Who may come in. A key is shown once, when it is made. */
export function Access() {
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((count) => count + 1);
  const keys = useLoaded(
    `keys ${version}`,
    (signal) => api.keys(signal),
    (items) => items.length === 0,
  );
  return (
    <section class="card list-card">
      <State of={keys} empty={t("keys.none")}>
        {(items) => <Keys items={items} onChanged={changed} />}
      </State>
      <NewKey onMade={changed} />
    </section>
  );
}

function Keys({ items, onChanged }: { items: readonly ApiKey[]; onChanged: () => void }) {
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
          <th scope="col">
            <span class="visually-hidden">{t("keys.revoke")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((key) => (
          <tr key={key.keyId}>
            <th scope="row">{key.name}</th>
            <td>{tData("role", key.role)}</td>
            <td>{key.organisation}</td>
            <td class="wide">{key.lastUsedAt ? formatMoment(key.lastUsedAt, "UTC") : "–"}</td>
            <td>
              {key.revokedAt ? (
                <span class="badge">{t("keys.revoked")}</span>
              ) : (
                <button type="button" class="button quiet" onClick={() => void api.revokeKey(key.keyId).then(onChanged)}>
                  {t("keys.revoke")}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NewKey({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const [organisation, setOrganisation] = useState("");
  const [token, setToken] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setFailure(null);
    try {
      setToken((await api.addKey({ name, role, organisation })).token);
      setName("");
      onMade();
    } catch (error) {
      setFailure(ApiError.from(error).message);
    }
  };
  return (
    <details class="in-list">
      <summary>{t("keys.add")}</summary>
      <form onSubmit={submit} class="stacked">
        <label>
          {t("keys.name")}
          <input required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} />
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
          <input required maxLength={64} value={organisation} onInput={(event) => setOrganisation(event.currentTarget.value)} />
        </label>
        {failure && (
          <p class="form-failure" role="alert">
            {failure}
          </p>
        )}
        <button type="submit" class="button primary">
          {t("keys.add")}
        </button>
      </form>
      {token && (
        <p role="status">
          {t("keys.shownOnce")} <code>{token}</code>
        </p>
      )}
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
