import { preact } from "@preact/preset-vite";
import { defineConfig } from "vite";
import { leanLeaflet } from "./leanLeaflet.ts";
import { leanPlot } from "./leanPlot.ts";

/** Nothing is inlined: the pages run under a policy that allows no inline script, no inline style and no data: address. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [preact(), leanPlot(), leanLeaflet()],
  build: { outDir: "dist", emptyOutDir: true, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
