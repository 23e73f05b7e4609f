import { defineConfig } from "vitest/config";

/**
 * unit: pure functions and the embedded stores, no server. engines: real Kafka, InfluxDB and PostgreSQL, started once by
 * tests/engines/start.ts. browser: the built dashboard in Chromium against a real server.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/engines/**", "tests/faults/**", "tests/browser/**"],
          testTimeout: 20_000, // a machine may be busy; nothing here takes more than a few seconds of its own
        },
      },
      {
        test: {
          name: "engines",
          include: ["tests/engines/**/*.test.ts", "tests/faults/**/*.test.ts"],
          globalSetup: "tests/engines/start.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
