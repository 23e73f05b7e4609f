import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { chooseLanguage, language, t } from "./language.ts";
import { loadNames } from "./names.ts";
import { SignIn } from "./pages/SignIn.tsx";
import { Live } from "./parts/Live.tsx";
import { may, session, signOut } from "./session.ts";
import { chooseTheme, theme } from "./theme.ts";

const Overview = page(async () => (await import("./pages/Overview.tsx")).Overview);
const SitePage = page(async () => (await import("./pages/SitePage.tsx")).SitePage);
const SeriesPage = page(async () => (await import("./pages/SeriesPage.tsx")).SeriesPage);
const Compare = page(async () => (await import("./pages/Compare.tsx")).Compare);
const Anomalies = page(async () => (await import("./pages/Anomalies.tsx")).Anomalies);
const AnomalyPage = page(async () => (await import("./pages/AnomalyPage.tsx")).AnomalyPage);
const Leads = page(async () => (await import("./pages/Leads.tsx")).Leads);
const Uploads = page(async () => (await import("./pages/Uploads.tsx")).Uploads);
const Operations = page(async () => (await import("./pages/Operations.tsx")).Operations);
const LeadPage = page(async () => (await import("./pages/LeadPage.tsx")).LeadPage);

/** A page whose code comes when it is first shown, or says that it could not come: away server, or a newer version in its place. */
function page<P>(load: () => Promise<ComponentType<P>>) {
  return lazy(() => load().catch((): ComponentType<P> => NotLoaded));
}

function NotLoaded() {
  return (
    <div class="state state-failed" role="alert">
      <p class="state-title">{t("state.offline")}</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        {t("state.again")}
      </button>
    </div>
  );
}

export function App() {
  return (
    <LocationProvider scope={/^(?!\/(api|docs|health|metrics)\b)/}>{session.value ? <House /> : <SignIn />}</LocationProvider>
  );
}

function House() {
  useEffect(() => {
    void loadNames();
  }, []);
  return (
    <>
      <a class="skip" href="#main">
        {t("nav.skip")}
      </a>
      <Bar />
      {may("analyst", "investigator") && <Live />}
      <main id="main" tabIndex={-1}>
        <ErrorBoundary>
          <Router>
            <Route path="/" component={session.value?.role === "lab" ? Uploads : Overview} />
            <Route path="/uploads" component={Uploads} />
            <Route path="/operations" component={Operations} />
            <Route path="/sites/:siteId" component={SitePage} />
            <Route path="/sites/:siteId/series/:analyte" component={SeriesPage} />
            <Route path="/compare" component={Compare} />
            <Route path="/anomalies" component={Anomalies} />
            <Route path="/anomalies/:anomalyId" component={AnomalyPage} />
            <Route path="/leads" component={Leads} />
            <Route path="/leads/:leadId" component={LeadPage} />
            <Route default component={Nowhere} />
          </Router>
        </ErrorBoundary>
      </main>
    </>
  );
}

function Bar() {
  const { path } = useLocation();
  const reader = may("analyst", "investigator");
  const links = [
    ...(reader ? [{ href: "/", label: t("nav.overview"), here: path === "/" || path.startsWith("/sites") }] : []),
    ...(reader ? [{ href: "/compare", label: t("nav.compare"), here: path === "/compare" }] : []),
    ...(reader ? [{ href: "/anomalies", label: t("nav.anomalies"), here: path.startsWith("/anomalies") }] : []),
    ...(may("investigator") ? [{ href: "/leads", label: t("nav.leads"), here: path.startsWith("/leads") }] : []),
    ...(may("lab") ? [{ href: "/uploads", label: t("nav.uploads"), here: path === "/uploads" || !reader }] : []),
    ...(reader ? [{ href: "/operations", label: t("nav.operations"), here: path === "/operations" }] : []),
  ];
  return (
    <header class="bar">
      <a class="brand" href="/">
        <img src="/icon.svg" alt="" width="22" height="22" />
        Sewertrace
      </a>
      <nav aria-label={t("nav.label")}>
        {links.map(({ href, label, here }) => (
          <a key={href} href={href} aria-current={here ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <div class="bar-end">
        <LanguageButton />
        <ThemeButton />
        <span class="who" title={session.value?.organisation}>
          {session.value?.name}
        </span>
        <button type="button" class="button quiet" onClick={() => void signOut()}>
          {t("nav.signOut")}
        </button>
      </div>
    </header>
  );
}

export function LanguageButton() {
  const other = language.value === "en" ? "zh" : "en";
  return (
    <button type="button" class="button quiet" lang={other} onClick={() => void chooseLanguage(other)}>
      {other === "zh" ? "中文" : "English"}
    </button>
  );
}

function ThemeButton() {
  const next = { system: "light", light: "dark", dark: "system" } as const;
  const sign = { system: "◐", light: "○", dark: "●" }[theme.value];
  const label = t("nav.theme", { theme: t(`theme.${theme.value}`) });
  return (
    <button type="button" class="button quiet" title={label} aria-label={label} onClick={() => chooseTheme(next[theme.value])}>
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

function Nowhere() {
  return (
    <div class="state state-empty">
      <p class="state-title">{t("state.notFound")}</p>
      <a href="/">{t("nav.overview")}</a>
    </div>
  );
}
