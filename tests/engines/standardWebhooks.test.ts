import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { standardHeaders } from "../../alerts/formats/standard.ts";
import { cached } from "./cache.ts";

// The verifier of Standard Webhooks in another language: `standardwebhooks` 1.1.0 from PyPI, which shares no line with the npm package.
const VERSION = "1.1.0";
const PROGRAM = `
import json, sys
from standardwebhooks import Webhook
for case in json.load(sys.stdin):
    try:
        Webhook(case["secret"]).verify(case["body"], case["headers"])
        print("accepted")
    except Exception as error:
        print(type(error).__name__ + ": " + str(error))
`;

interface Case {
  secret: string;
  body: string;
  headers: Record<string, string>;
}

async function verdicts(cases: readonly Case[]): Promise<string[]> {
  const venv = await cached(`standardwebhooks-${VERSION}`, [], async (folder) => {
    execFileSync("python3", ["-m", "venv", "--copies", join(folder, "venv")]);
    execFileSync(join(folder, "venv", "bin", "python3"), ["-m", "pip", "install", "--quiet", `standardwebhooks==${VERSION}`]);
  });
  const python = spawn(join(venv, "venv", "bin", "python3"), ["-c", PROGRAM]);
  onTestFinished(() => void python.kill());
  let output = "";
  python.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  python.stdin.end(JSON.stringify(cases));
  await once(python, "close");
  return output.trim().split("\n");
}

it("a verifier that is not ours accepts the signatures, both while a secret rotates, and nothing that was changed", async () => {
  const [now, fresh, old, foreign] = [
    new Date(),
    ...Array.from({ length: 3 }, () => `whsec_${randomBytes(32).toString("base64")}`),
  ] as [Date, ...string[]] as [Date, string, string, string];
  const body = JSON.stringify({ type: "lead.opened", data: { text: "毒品 μg/L \u{1F4A7}" } });
  const signed = standardHeaders("msg-1", body, [fresh], now);
  const rotating = standardHeaders("msg-1", body, [fresh, old], now);
  const stale = standardHeaders("msg-1", body, [fresh], new Date(now.getTime() - 3_600_000));
  const cases: [Case, string][] = [
    [{ secret: fresh, body, headers: signed }, "accepted"],
    [{ secret: fresh, body, headers: rotating }, "accepted"],
    [{ secret: old, body, headers: rotating }, "accepted"],
    [{ secret: old, body, headers: signed }, "No matching signature"],
    [{ secret: foreign, body, headers: rotating }, "No matching signature"],
    [{ secret: fresh, body: body.replace("毒", "药"), headers: signed }, "No matching signature"],
    [{ secret: fresh, body, headers: { ...signed, "webhook-id": "msg-2" } }, "No matching signature"],
    [{ secret: fresh, body, headers: stale }, "too old"],
  ];
  const answers = await verdicts(cases.map(([each]) => each));
  expect(answers).toEqual(cases.map(([, expected]) => expect.stringContaining(expected)));
});
