import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openEmbeddedFile } from "../../../store/embedded.ts";
import { openEmbeddedSeries } from "../../../store/series/embedded.ts";
import { seriesContract } from "./contract.ts";

seriesContract("embedded", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sewertrace-series-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return {
    open() {
      const file = openEmbeddedFile(join(folder, "series.sqlite"));
      onTestFinished(() => file.close());
      return openEmbeddedSeries(file);
    },
  };
});
