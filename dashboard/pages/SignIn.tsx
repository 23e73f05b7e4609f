import { useEffect, useState } from "preact/hooks";
import { LanguageButton } from "../App.tsx";
import { ApiError } from "../answer.ts";
import { api } from "../api.ts";
import { t } from "../language.ts";
import { signIn } from "../session.ts";

/** Signs in with a key and leaves the address as it is: the page that was asked for shows afterwards. */
export function SignIn() {
  const [key, setKey] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [provider, setProvider] = useState<string | null>(null);
  useEffect(() => {
    api.signInWays().then(
      ({ identityProvider }) => setProvider(identityProvider),
      () => undefined, // a server that is away is told when one signs in
    );
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await signIn(key.trim());
    } catch (error) {
      const { status, message } = ApiError.from(error);
      setFailure(status === 401 ? t("signIn.refused") : status === 0 ? t("state.offline") : message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={submit} class="card">
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>Sewertrace</h1>
        <p class="muted">{t("signIn.what")}</p>
        <label>
          {t("signIn.key")}
          <input
            type="password"
            name="key"
            autocomplete="current-password"
            required
            value={key}
            aria-describedby="sign-in-help"
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        {failure && (
          <p class="form-failure" role="alert">
            {failure}
          </p>
        )}
        <button type="submit" class="button primary" disabled={busy}>
          {t("signIn.go")}
        </button>
        {provider && (
          <button type="button" class="button" onClick={() => window.location.assign("/api/v1/session/oidc")}>
            {t("signIn.provider", { provider })}
          </button>
        )}
        <p class="muted small" id="sign-in-help">
          {t("signIn.help")}
        </p>
        <LanguageButton />
      </form>
    </main>
  );
}
