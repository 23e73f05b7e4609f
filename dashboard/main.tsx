import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./App.tsx";
import { language, loadLanguage, preferredLanguage } from "./language.ts";
import { loadSession } from "./session.ts";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/pages.css";
import "./styles/print.css";
import { applyTheme } from "./theme.ts";

applyTheme();
await Promise.all([loadLanguage(preferredLanguage()), loadSession()]);
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});
render(<App />, document.getElementById("app")!);
