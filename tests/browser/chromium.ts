import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { World } from "./world.ts";

/** Debian's Chromium; `make chromium` installs it. */
const EXECUTABLE = "/usr/bin/chromium";

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What the browser complained about, and every request that left the server's address. */
  complaints: string[];
}

export interface VisitOptions {
  role?: "lab" | "analyst" | "investigator" | "admin";
  language?: "en" | "zh";
  theme?: "light" | "dark";
  width?: number;
  height?: number;
  /** What leads are looked at for; null: not stated yet. */
  purpose?: string | null;
}

/** Where one signs in, and with which keys. */
type Signing = Pick<World, "address" | "client">;

/** Sign-ins are limited to ten a minute: each role signs in once a world. */
const sessions = new Map<string, string>();

async function sessionOf({ address, client }: Signing, role: NonNullable<VisitOptions["role"]>): Promise<string> {
  const key = `${address} ${role}`;
  const known = sessions.get(key);
  if (known) return known;
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${address}/api/v1/session`, {
    method: "POST",
    headers,
    body: JSON.stringify({ key: client.keys[role] }),
  });
  const session = /sewertrace_session=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
  if (!session) throw new Error(`signing in as ${role}: ${response.status}`);
  sessions.set(key, session);
  return session;
}

/** A fresh browser profile, signed in as the role; without one it stands on the sign-in page. */
export async function visit(browser: Browser, world: Signing, options: VisitOptions = {}): Promise<Visit> {
  const { role, language = "en", theme = "light", width = 1280, height = 900, purpose = "browser test" } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, baseURL: world.address });
  await context.addInitScript((wanted) => localStorage.setItem("sewertrace.language", wanted), language);
  if (purpose !== null) await context.addInitScript((stated) => sessionStorage.setItem("purpose", stated), purpose);
  if (role) await context.addCookies([{ name: "sewertrace_session", value: await sessionOf(world, role), url: world.address }]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("status of 401")) complaints.push(message.text()); // the first look for a session
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(world.address) && !/^(blob|data):/.test(request.url())) complaints.push(request.url());
  });
  await page.goto("/");
  await page.waitForSelector(role ? "nav" : "form");
  return { page, context, complaints };
}

/** Goes to a page of the dashboard and waits until nothing is on its way any more. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.waitForSelector("h1, .state-failed, .state-empty");
  await page.waitForLoadState("networkidle");
}
