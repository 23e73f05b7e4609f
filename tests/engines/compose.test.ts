import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { environment } from "../../schemas/config.ts";
import { cached } from "./cache.ts";

// docker-compose.yml against the Compose Specification without a Docker: its models of PyPI's compose-spec, and what they let pass.
const PACKAGES = ["compose-spec==0.2.1", "pyyaml==6.0.3"];
const PROGRAM = `
import json, sys, yaml
from compose_spec import ComposeSpecification, Service
text = sys.stdin.read()
whole = yaml.safe_load(text)
wrong = []
try:
    ComposeSpecification.model_validate(whole)
except Exception as error:
    wrong.append(str(error))
known = {name for each, field in Service.model_fields.items() for name in (each, field.alias) if name}
for name, service in whole["services"].items():
    wrong += [f"services.{name}.{key} is no field of a service" for key in service if key not in known]
print(json.dumps({"wrong": wrong, "whole": whole}))
`;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILE = readFileSync(`${ROOT}docker-compose.yml`, "utf8");

interface Service {
  environment?: Record<string, unknown>;
  volumes?: string[];
  depends_on?: string[] | Record<string, { condition: string }>;
  healthcheck?: object;
}
interface Read {
  wrong: string[];
  whole: { services: Record<string, Service>; volumes: Record<string, null> };
}

let python: string;
beforeAll(async () => {
  const folder = await cached(`compose-${PACKAGES.join("-")}`, [], async (place) => {
    execFileSync("python3", ["-m", "venv", "--copies", join(place, "venv")]);
    execFileSync(join(place, "venv", "bin", "python3"), ["-m", "pip", "install", "--quiet", ...PACKAGES]);
  });
  python = join(folder, "venv", "bin", "python3");
});
const readCompose = (text: string) => JSON.parse(execFileSync(python, ["-c", PROGRAM], { input: text }).toString()) as Read;

describe("docker-compose.yml", () => {
  it("is as the specification says", () => expect(readCompose(FILE).wrong).toEqual([]));

  it.each([
    ["condition: service_healthy", "condition: service_heathly"],
    ["restart: unless-stopped", "restarts: unless-stopped"],
    ['ports: ["127.0.0.1:8080:8080"]', 'ports: "127.0.0.1:8080:8080"'],
  ])("the check finds a wrong word: %s", (right, wrong) => {
    expect(FILE).toContain(right);
    expect(readCompose(FILE.replace(right, wrong)).wrong).not.toEqual([]);
  });

  it("names volumes and files that there are, services that can be waited for, and settings that exist", () => {
    const { services, volumes } = readCompose(FILE).whole;
    for (const [name, service] of Object.entries(services)) {
      for (const volume of service.volumes ?? []) {
        const [source = ""] = volume.split(":");
        expect(source.startsWith("./") ? existsSync(ROOT + source) : source in volumes, `${name}: ${volume}`).toBe(true);
      }
      const waited = service.depends_on ?? {};
      for (const [other, { condition }] of Array.isArray(waited) ? [] : Object.entries(waited)) {
        const checked = condition !== "service_healthy" || services[other]?.healthcheck !== undefined;
        expect(other in services && checked, `${name} waits for ${other}`).toBe(true);
      }
      const settings = Object.keys(service.environment ?? {}).filter((each) => each.startsWith("SEWERTRACE_"));
      expect(settings.filter((each) => !(each in environment.shape))).toEqual([]);
    }
  });
});
