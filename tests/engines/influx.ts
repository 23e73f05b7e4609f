import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { besideThis, cached, requireTools, run, say } from "./cache.ts";
import { type Engine, freePorts, scratchFolder, startNative } from "./processes.ts";

export const INFLUX_VERSION = /influxdata\/influxdb\/v2 v(\S+)/.exec(readFileSync(besideThis("go.mod"), "utf8"))![1]!;

export interface InfluxEngine extends Engine {
  url: string;
  /** Of the operator: may do everything. */
  token: string;
  org: string;
}

const ORG = "sewertrace";
const TOKEN = "token-of-the-test-engine";

/** InfluxDB 2, set up with an organisation and the operator's token, without any bucket of ours. */
export async function startInflux(): Promise<InfluxEngine> {
  const influxd = await buildInfluxd();
  const [port] = await freePorts(1);
  const folder = join(scratchFolder(), `influx-${port}`);
  mkdirSync(folder);
  const url = `http://127.0.0.1:${port}`;
  const engine = await startNative({
    name: "InfluxDB",
    version: INFLUX_VERSION,
    command: influxd,
    args: [
      ...["--bolt-path", "influxd.bolt", "--engine-path", "engine", "--sqlite-path", "influxd.sqlite"],
      ...["--http-bind-address", `127.0.0.1:${port}`, "--reporting-disabled", "--ui-disabled"],
    ],
    folder,
    stopSignal: "SIGINT", // SIGTERM ends it at once, without a clean shutdown
    ready: () => influxServes(url),
  });
  await setUpInflux(url);
  return { ...engine, url, token: TOKEN, org: ORG };
}

export async function influxServes(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  );
}

/** The first user, organisation and token of an empty server. */
export async function setUpInflux(url: string): Promise<{ token: string; org: string }> {
  const body = JSON.stringify({ username: "operator", password: "operator-of-tests", org: ORG, bucket: "unused", token: TOKEN });
  const response = await fetch(`${url}/api/v2/setup`, { method: "POST", body });
  if (!response.ok) throw new Error(`InfluxDB could not be set up: ${response.status} ${await response.text()}`);
  return { token: TOKEN, org: ORG };
}

async function buildInfluxd(): Promise<string> {
  const folder = await cached(`influxd-${INFLUX_VERSION}`, ["go.mod", "go.sum", "build-influxd.sh"], async (filling) => {
    requireTools(`InfluxDB ${INFLUX_VERSION}`, {
      go: "https://go.dev/dl, 1.25 or newer",
      cargo: "https://rustup.rs",
      gcc: "apt-get install build-essential",
      "pkg-config": "apt-get install pkg-config",
    });
    say(`building InfluxDB ${INFLUX_VERSION} from its source, about 4 minutes, once`);
    const work = mkdtempSync(join(tmpdir(), "sewertrace-influxd-"));
    try {
      const env = { ...process.env, WORK: work };
      await run("bash", [besideThis("build-influxd.sh"), join(filling, "influxd")], { show: true, env });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    if (!existsSync(join(filling, "influxd"))) throw new Error("build-influxd.sh left no influxd");
    chmodSync(join(filling, "influxd"), 0o755);
  });
  return join(folder, "influxd");
}
