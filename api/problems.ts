import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from "fastify-type-provider-zod";
import type { Problem } from "../schemas/problem.ts";
import { type Refusal, shown, shownPath } from "../schemas/refusal.ts";
import { isHindered } from "../store/embedded.ts";
import { inLanguage, type Language, languageOf, type Said } from "./language.ts";
import type { MethodsOf } from "./methods.ts";
import { inLanguageOf } from "./refusalLanguage.ts";

/** An answer that is not the one asked for, in words its reader can act on (RFC 9457). */
export class ApiProblem extends Error {
  override name = "ApiProblem";
  readonly status: number;
  readonly title: string;
  readonly refusals: Refusal[] | undefined;
  readonly said: Said;
  constructor(status: number, title: string, detail: Said, refusals?: Refusal[]) {
    super(inLanguage(detail, "en"));
    this.status = status;
    this.title = title;
    this.said = detail;
    this.refusals = refusals;
  }
}

/** Titles in Chinese; a title names the status and nothing of the case. */
const TITLES_ZH: Record<string, string> = {
  "Address too long": "地址过长",
  "Bad request": "请求有误",
  Conflict: "冲突",
  "Internal error": "内部错误",
  "Method not allowed": "不支持的方法",
  "Not allowed": "没有权限",
  "Not available": "暂时不可用",
  "Not found": "未找到",
  "Not signed in": "未登录",
  "Precondition failed": "内容已被他人修改",
  Refused: "数据被拒收",
  "Too many requests": "请求过于频繁",
};

/** What is looked for by id, in Chinese. */
const NOUNS_ZH: Record<string, string> = {
  annotation: "标注",
  anomaly: "异常",
  "dead letter": "被拒消息",
  delivery: "投递记录",
  key: "密钥",
  lead: "线索",
  "mapped sewer of lead": "线索对应的管网图",
  network: "管网",
  resource: "资源",
  site: "采样点",
  "snooze of anomaly": "异常的延后记录",
  upload: "上传回执",
  webhook: "推送端点",
};

export const notFound = (what: string, id: string) =>
  new ApiProblem(404, "Not found", { en: `There is no ${what} ${id}.`, zh: `没有${NOUNS_ZH[what] ?? what} ${id}。` });
export const unauthorised = () =>
  new ApiProblem(401, "Not signed in", {
    en: "Send a valid key as `Authorization: Bearer st_…`, or sign in; the key may have expired or been revoked.",
    zh: "请用 `Authorization: Bearer st_…` 发送有效密钥，或先登录；密钥可能已过期或被吊销。",
  });
export const forbidden = (found: string, expected: string) =>
  new ApiProblem(403, "Not allowed", {
    en: `This is ${found}; it needs ${expected}.`,
    zh: `权限不足：当前为“${found}”，需要“${expected}”。`,
  });
export const conflict = (detail: Said) => new ApiProblem(409, "Conflict", detail);
export const tooMany = (detail: Said) => new ApiProblem(429, "Too many requests", detail);
export const badRequest = (detail: Said) => new ApiProblem(400, "Bad request", detail);
export const unprocessable = (detail: Said, refusals: Refusal[]) => new ApiProblem(422, "Refused", detail, refusals);
export const unavailable = (what: string) =>
  new ApiProblem(503, "Not available", {
    en: `${what} cannot be reached now; try again in a moment.`,
    zh: "所需的服务暂时无法访问，请稍后再试。",
  });

/** Every error leaves as `application/problem+json`; what is not the caller's is logged with its stack and told without it. */
export function sendProblems(app: FastifyInstance, methodsOf: MethodsOf): void {
  const noRoute = (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split("?")[0] ?? "";
    const methods = methodsOf(path);
    if (methods.length === 0) return send(request, reply, notFound("resource", `${request.method} ${path}`));
    if (methods.includes(request.method)) return send(request, reply, idTooLong); // the dashboard's own addresses came after
    const allow = methods.join(", ");
    reply.header("allow", allow);
    return send(request, reply, methodNotAllowed(request.method, allow));
  };
  app.setNotFoundHandler(noRoute);
  // a method that no route takes may fail before it is looked for: QUERY without a content type
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    request.is404 ? noRoute(request, reply) : answerWithProblem(error, request, reply),
  );
}

const idTooLong = new ApiProblem(414, "Address too long", {
  en: "An id in the address is longer than any there is.",
  zh: "地址中的标识超出了允许的长度。",
});

const methodNotAllowed = (found: string, allow: string) =>
  new ApiProblem(405, "Method not allowed", {
    en: `${found} is not for this address; it takes ${allow}.`,
    zh: `该地址不支持 ${found}，可用 ${allow}。`,
  });

/** Also for what fails before there is a route, such as an address that is not well-formed. */
export function answerWithProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return send(request, reply, problemOf(error, request));
}

function problemOf(error: FastifyError, request: FastifyRequest): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error, request);
  if (isResponseSerializationError(error)) request.log.error({ issues: error.cause.issues }, "an answer did not fit its schema");
  else if (isAway(error)) {
    request.log.warn({ err: error }, "a store is away");
    return unavailable("A store");
  }
  if (isUnstorable(error))
    return badRequest({
      en: "The request holds text or a number that cannot be stored, such as the character U+0000.",
      zh: "请求中含有无法存储的文字或数值，例如字符 U+0000。",
    });
  const status = error.statusCode ?? 500;
  if (status < 500) return new ApiProblem(status, status === 429 ? "Too many requests" : "Bad request", error.message);
  request.log.error({ err: error }, "internal error");
  return new ApiProblem(500, "Internal error", {
    en: `The request failed; the operator finds it in the log under ${request.id}.`,
    zh: `请求处理失败；运维人员可在日志中按 ${request.id} 查到原因。`,
  });
}

/** Where in the body, query or path, what was found, what was expected. */
function invalid(
  error: FastifyError & { validation: { instancePath: string; message?: string; params: { keys?: unknown } }[] },
  request: FastifyRequest,
): ApiProblem {
  const part = error.validationContext ?? "body";
  const whole = { body: request.body, querystring: request.query, params: request.params, headers: {} }[part];
  const refusals = error.validation.flatMap(({ instancePath, message = "a valid value", params }): Refusal[] => {
    const steps = instancePath.split("/").filter(Boolean);
    if (Array.isArray(params.keys)) return params.keys.map((name) => unknownField([part, ...steps, String(name)], String(name)));
    const found = steps.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], whole);
    const mend = `Correct the ${part} and send the request again.`;
    const code = found === undefined ? "field_missing" : "field_invalid";
    return [{ code, where: { path: shownPath([part, ...steps.map(toStep)]) }, found: shown(found), expected: message, mend }];
  });
  const detail = { en: `The ${part} is not as expected.`, zh: `请求的 ${part} 部分不符合要求。` };
  return new ApiProblem(400, "Bad request", detail, refusals);
}

/** A number among the steps of a JSON pointer is a place in a list. */
const toStep = (step: string) => (/^\d+$/.test(step) ? Number(step) : step);

function unknownField(steps: readonly string[], name: string): Refusal {
  return {
    code: "field_unknown",
    where: { path: shownPath(steps.map(toStep)) },
    found: name,
    expected: "only the fields of the schema",
    mend: "Correct the field's name or leave it out: unknown fields are never dropped in silence.",
  };
}

const AWAY = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "EPIPE", "57P01", "57P03", "08006"]);

/** PostgreSQL's class 22, data exceptions: SQLite takes U+0000 in a text, PostgreSQL does not. */
const isUnstorable = ({ code }: { code?: string }) => /^22[0-9A-Z]{3}$/.test(String(code));

/** Connection errors of the engines, wherever their client put the code, and a full disk. */
function isAway(error: Error & { code?: string }): boolean {
  const chain = [error, error.cause, (error.cause as Error | undefined)?.cause] as (Error & { code?: string })[];
  return chain.some(
    (each) =>
      each &&
      (AWAY.has(String(each.code)) ||
        isHindered(each) ||
        /KafkaJS(Connection|NumberOfRetries)|(connection|request) time(d )?out|the embedded store .* is closed/i.test(
          `${each.name} ${each.message}`,
        )),
  );
}

function send(request: FastifyRequest, reply: FastifyReply, { status, title, said, refusals }: ApiProblem): FastifyReply {
  const language = languageOf(request);
  const problem: Problem = {
    type: "about:blank",
    title: titleIn(language, title),
    status,
    detail: inLanguage(said, language),
    instance: request.url.split("?")[0] ?? "",
    requestId: request.id,
    ...(refusals ? { refusals: inLanguageOf(refusals, language) } : {}),
  };
  if (status === 401) reply.header("www-authenticate", "Bearer");
  reply
    .header("x-request-id", request.id)
    .header("vary", "accept-language")
    .header("content-language", typeof said === "string" ? "en" : language);
  return reply.code(status).type("application/problem+json").serializer(JSON.stringify).send(problem);
}

const titleIn = (language: Language, title: string) => (language === "zh" ? (TITLES_ZH[title] ?? title) : title);

/** What Node refuses before there is a request, such as headers that are too long: a problem too, so that a client reads one form. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERRORS[error.code ?? ""] ?? 400;
  const title = STATUS_CODES[status] ?? "Bad request";
  const problem = { type: "about:blank", title, status, detail: error.message, instance: "", requestId: crypto.randomUUID() };
  const body = JSON.stringify(problem);
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\nconnection: close`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

const CLIENT_ERRORS: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
