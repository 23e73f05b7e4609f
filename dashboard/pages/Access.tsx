import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { ApiKey, Role } from "../../schemas/key.ts";
import { api, type LogEntry } from "../api.ts";
import { formatMoment } from "../format.ts";
import { keyring } from "../keyring.ts";
import { t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { Select, Sure } from "../parts/controls.tsx";
import { Editing } from "../parts/Editing.tsx";
import { Form } from "../parts/Form.tsx";
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
        <NewKey
          onMade={(made) => {
            setToken(made);
            setVersion((count) => count + 1);
          }}
        />
      </div>
    </section>
  );
}

type Act = (work: () => Promise<unknown>) => Promise<boolean>;

function Keys({ items, act }: { items: readonly ApiKey[]; act: Act }) {
  const [open, setOpen] = useState<string | null>(null);
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
          <Fragment key={key.keyId}>
            <tr>
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
                  <button
                    type="button"
                    class="button quiet"
                    aria-expanded={open === key.keyId}
                    onClick={() => setOpen(open === key.keyId ? null : key.keyId)}
                  >
                    {t("keys.change")}
                  </button>
                )}
              </td>
            </tr>
            {open === key.keyId && !key.revokedAt && (
              <tr>
                <td colSpan={6}>
                  <OneKey known={key} act={act} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

/** Hours that the secret before goes on: none where it leaked, a day for programs, a week for those far away. */
const OVERLAPS_H = [0, 24, 168];

function OneKey({ known: { keyId, name, createdAt, rotatedAt, lastUsedAt }, act }: { known: ApiKey; act: Act }) {
  const [overlap, setOverlap] = useState("24");
  const [saved, setSaved] = useState(0);
  const dates = [
    [t("keys.created"), createdAt],
    [t("keys.rotated"), rotatedAt],
    [t("keys.lastUsed"), lastUsedAt],
  ] as const;
  return (
    <div class="in-list">
      <p class="small muted">
        {[keyId, ...dates.map(([label, at]) => `${label}: ${at ? formatMoment(at, "UTC") : "–"}`)].join(" · ")}
      </p>
      <p class="actions">
        <Select
          label={t("keys.overlap")}
          value={overlap}
          choices={OVERLAPS_H.map((hours) => ({ value: String(hours), label: t("silences.hours", { hours }) }))}
          onChange={setOverlap}
        />
        <button type="button" class="button" onClick={() => void act(() => keyring.rotate(keyId, Number(overlap)))}>
          {t("keys.rotate")}
        </button>
        <Sure label={t("keys.revoke")} sure={`${t("keys.revoke")} ${name}`} onDo={() => void act(() => keyring.revoke(keyId))} />
      </p>
      <Editing of={`${keyId} ${saved} ${rotatedAt}`} read={(signal) => keyring.key(keyId, signal)}>
        {({ value, etag }) => (
          <Form
            key={etag}
            narrow
            label={t("keys.change")}
            go={t("edit.save")}
            send={async (fields) => {
              await keyring.change(keyId, limitsOf(fields), etag);
              setSaved(saved + 1);
              await act(async () => undefined);
            }}
          >
            <Limits of={value} />
          </Form>
        )}
      </Editing>
    </div>
  );
}

/** What is left empty limits nothing. */
function Limits({ of }: { of?: ApiKey }) {
  return (
    <>
      <label>
        {t("keys.name")}
        <input name="name" required maxLength={100} defaultValue={of?.name} />
      </label>
      <label>
        {t("keys.untilDay")}
        <input name="until" type="date" defaultValue={of?.expiresAt?.slice(0, 10)} />
      </label>
      <label>
        {t("keys.regions")}
        <input name="regions" defaultValue={of?.regions?.join(", ")} />
      </label>
      <label>
        {t("keys.scopes")}
        <input name="scopes" placeholder="series:read, uploads:write" defaultValue={of?.scopes?.join(", ")} />
      </label>
    </>
  );
}

function limitsOf({ name = "", until, regions = "", scopes = "" }: Record<string, string>) {
  const limits = (text: string) => (listed(text).length > 0 ? listed(text) : null);
  const expiresAt = until ? new Date(`${until}T23:59:59Z`).toISOString() : null;
  return { name, expiresAt, regions: limits(regions), scopes: limits(scopes) };
}

function NewKey({ onMade }: { onMade: (token: string) => void }) {
  const send = async (fields: Record<string, string>) => {
    const { role, organisation = "" } = fields;
    const { token } = await keyring.add({ ...limitsOf(fields), role: role as Role, organisation });
    onMade(token);
  };
  return (
    <details>
      <summary>{t("keys.add")}</summary>
      <Form narrow label={t("keys.add")} go={t("keys.add")} send={send}>
        <Limits />
        <label>
          {t("keys.role")}
          <select name="role">
            {ROLES.map((value) => (
              <option key={value} value={value} selected={value === "analyst"}>
                {tData("role", value)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("keys.organisation")}
          <input name="organisation" required maxLength={64} />
        </label>
      </Form>
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
