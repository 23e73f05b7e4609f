import { preact } from "@preact/preset-vite";
import { defineConfig } from "vite";
import { leanPlot } from "./leanPlot.ts";

/** Nothing is inlined: the pages run under a policy that allows no inline script, no inline style and no data: address. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [preact(), leanPlot()],
  // its entry is CommonJS, which is bundled whole and wrapped
  resolve: { alias: [{ find: /^leaflet$/, replacement: "leaflet/dist/leaflet-src.esm.js" }] },
  build: { outDir: "dist", emptyOutDir: true, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
