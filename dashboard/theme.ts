import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEPT_AS = "sewertrace.theme";
const kept = localStorage.getItem(KEPT_AS);
const systemDark = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "system");
/** Whether the page is dark now: what a canvas must know, which CSS variables cannot reach. */
export const dark = signal(false);

export function applyTheme(): void {
  const update = () => {
    dark.value = theme.value === "dark" || (theme.value === "system" && systemDark.matches);
    document.documentElement.dataset["theme"] = dark.value ? "dark" : "light";
  };
  systemDark.addEventListener("change", update);
  effect(update);
}

export function chooseTheme(wanted: Theme): void {
  localStorage.setItem(KEPT_AS, wanted);
  theme.value = wanted;
}
