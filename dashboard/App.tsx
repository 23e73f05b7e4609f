import { useEffect } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { chooseLanguage, language, t } from "./language.ts";
import { loadNames } from "./names.ts";
import { SignIn } from "./pages/SignIn.tsx";
import { may, session, signOut } from "./session.ts";
import { chooseTheme, theme } from "./theme.ts";

const Overview = lazy(() => import("./pages/Overview.tsx").then((page) => page.Overview));
const SitePage = lazy(() => import("./pages/SitePage.tsx").then((page) => page.SitePage));
const SeriesPage = lazy(() => import("./pages/SeriesPage.tsx").then((page) => page.SeriesPage));
const Anomalies = lazy(() => import("./pages/Anomalies.tsx").then((page) => page.Anomalies));
const AnomalyPage = lazy(() => import("./pages/AnomalyPage.tsx").then((page) => page.AnomalyPage));
const Leads = lazy(() => import("./pages/Leads.tsx").then((page) => page.Leads));
const LeadPage = lazy(() => import("./pages/LeadPage.tsx").then((page) => page.LeadPage));

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
      <main id="main" tabIndex={-1}>
        <ErrorBoundary>
          <Router>
            <Route path="/" component={Overview} />
            <Route path="/sites/:siteId" component={SitePage} />
            <Route path="/sites/:siteId/series/:analyte" component={SeriesPage} />
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
  const links = [
    { href: "/", label: t("nav.overview"), here: path === "/" || path.startsWith("/sites") },
    { href: "/anomalies", label: t("nav.anomalies"), here: path.startsWith("/anomalies") },
    ...(may("investigator") ? [{ href: "/leads", label: t("nav.leads"), here: path.startsWith("/leads") }] : []),
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
