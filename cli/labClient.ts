import type { Problem } from "../schemas/problem.ts";
import type { Upload, UploadAnswer, Verification } from "../schemas/upload.ts";
import { CommandError, exit } from "./exitCodes.ts";

/** A file on its way, with what belongs to it. */
export interface FileToSend {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** A list of samples, for a file that names them and says nothing else of them. */
  samples?: { name: string; bytes: Uint8Array<ArrayBuffer> } | undefined;
  /** JSON of a column mapping; without it the one that the server remembers. */
  mapping?: string | undefined;
  revision?: { reason: string; text?: string } | undefined;
  /** The laboratory, where an administrator's key sends. */
  labId?: string | undefined;
}

/** The server refused the request; the problem says why. */
export class RefusedError extends CommandError {
  override name = "RefusedError";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail, exit.dataRefused);
    this.problem = problem;
  }
}

/** The server as a laboratory's commands use it. */
export interface LabClient {
  upload(mode: "check" | "commit", file: FileToSend, idempotencyKey?: string): Promise<UploadAnswer>;
  find(uploadId: string): Promise<Upload>;
  verify(uploadId: string): Promise<Verification>;
  /** Bytes of a file that an answer links to. */
  download(href: string): Promise<Buffer>;
  /** In the language of the user's machine. */
  receiptPage(uploadId: string): Promise<Buffer>;
}

/** @throws CommandError when no key is set, or what is set is no address */
export function connect(env: NodeJS.ProcessEnv = process.env): LabClient {
  const given = env["SEWERTRACE_URL"] ?? "http://127.0.0.1:8080";
  if (!/^https?:$/.test(URL.parse(given)?.protocol ?? ""))
    throw new CommandError(
      `SEWERTRACE_URL: found "${given}", expected an address such as https://sewertrace.example`,
      exit.usage,
    );
  const language = /^zh/i.test(env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "") ? "zh" : "en";
  const url = given.replace(/\/+$/, "");
  const key = env["SEWERTRACE_KEY"];
  if (!key) throw new CommandError("set SEWERTRACE_KEY to the laboratory's key (`sewertrace key add` makes one)", exit.usage);
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const own = { authorization: `Bearer ${key}`, "accept-language": language };
    const headers = { ...(init.headers as Record<string, string>), ...own };
    const response = await fetch(`${url}${path}`, { ...init, headers }).catch((cause: unknown) => {
      throw new CommandError(`${url} cannot be reached; what was not acknowledged can be sent again`, exit.network, { cause });
    });
    if (!response.ok) throw await failure(response);
    return response;
  };
  const json = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const response = await ask(path, init);
    try {
      return (await response.json()) as T;
    } catch (cause) {
      throw new CommandError(`${url} is not Sewertrace's address: correct SEWERTRACE_URL`, exit.network, { cause });
    }
  };
  const bytes = async (path: string) => Buffer.from(await (await ask(path)).arrayBuffer());
  const of = (uploadId: string) => `/api/v1/uploads/${encodeURIComponent(uploadId)}`;
  return {
    upload(mode, { name, bytes: content, samples, mapping, revision, labId }, idempotencyKey) {
      const body = new FormData();
      body.set("file", new Blob([content]), name);
      if (samples) body.set("samples", new Blob([samples.bytes]), samples.name);
      if (mapping !== undefined) body.set("mapping", mapping);
      if (revision) body.set("revision", JSON.stringify(revision));
      const query = new URLSearchParams({ mode, ...(labId === undefined ? {} : { labId }) });
      const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
      return json(`/api/v1/uploads?${query}`, { method: "POST", body, headers });
    },
    find: (uploadId) => json(of(uploadId)),
    verify: (uploadId) => json(`${of(uploadId)}/verify`),
    download: bytes,
    receiptPage: (uploadId) => bytes(`${of(uploadId)}/receipt.html?language=${language}`),
  };
}

/** Refusals are the file's; too many requests and a server that is not ready are worth another try. */
async function failure(response: Response): Promise<CommandError> {
  const problem = (await response.json().catch(() => null)) as Problem | null;
  const { status } = response;
  const message = problem?.detail ?? `${status} ${response.statusText}`;
  if (status === 401)
    return new CommandError(
      "SEWERTRACE_KEY: the server does not know this key, or it expired or was revoked: ask for a new one",
      exit.notAllowed,
    );
  if (status === 403) return new CommandError(message, exit.notAllowed);
  if (status === 429 || status >= 500 || !problem) return new CommandError(message, exit.network);
  return new RefusedError(problem);
}
