import type { TestProject } from "vitest/node";
import { type EngineAddresses, startEngines } from "./engines.ts";

declare module "vitest" {
  export interface ProvidedContext {
    engines: EngineAddresses;
  }
}

/** Vitest's global setup of the project `engines`: started once for all test files, stopped at the end. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const engines = await startEngines();
  project.provide("engines", engines.addresses);
  return engines.stop;
}
