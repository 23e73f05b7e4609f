import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from "fastify-type-provider-zod";
import type { Problem } from "../schemas/problem.ts";
import { type Refusal, shown, shownPath } from "../schemas/refusal.ts";

/** An answer that is not the one asked for, in words its reader can act on (RFC 9457). */
export class ApiProblem extends Error {
  override name = "ApiProblem";
  readonly status: number;
  readonly title: string;
  readonly refusals: Refusal[] | undefined;
  constructor(status: number, title: string, detail: string, refusals?: Refusal[]) {
    super(detail);
    this.status = status;
    this.title = title;
    this.refusals = refusals;
  }
}

export const notFound = (what: string, id: string) => new ApiProblem(404, "Not found", `There is no ${what} ${id}.`);
export const unauthorised = () =>
  new ApiProblem(
    401,
    "Not signed in",
    "Send a valid key as `Authorization: Bearer st_…`, or sign in; the key may have expired or been revoked.",
  );
export const forbidden = (found: string, expected: string) =>
  new ApiProblem(403, "Not allowed", `This is ${found}; it needs ${expected}.`);
export const conflict = (detail: string) => new ApiProblem(409, "Conflict", detail);
export const tooMany = (detail: string) => new ApiProblem(429, "Too many requests", detail);
export const unprocessable = (detail: string, refusals: Refusal[]) => new ApiProblem(422, "Refused", detail, refusals);
export const unavailable = (what: string) =>
  new ApiProblem(503, "Not available", `${what} cannot be reached now; try again in a moment.`);

/** Every error leaves as `application/problem+json`; what is not the caller's is logged with its stack and told without it. */
export function sendProblems(app: FastifyInstance): void {
  app.setErrorHandler(answerWithProblem);
  app.setNotFoundHandler((request, reply) =>
    send(request, reply, notFound("resource", `${request.method} ${request.url.split("?")[0]}`)),
  );
}

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
    return new ApiProblem(
      400,
      "Bad request",
      "The request holds text or a number that cannot be stored, such as the character U+0000.",
    );
  const status = error.statusCode ?? 500;
  if (status < 500) return new ApiProblem(status, status === 429 ? "Too many requests" : "Bad request", error.message);
  request.log.error({ err: error }, "internal error");
  return new ApiProblem(500, "Internal error", `The request failed; the operator finds it in the log under ${request.id}.`);
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
  return new ApiProblem(400, "Bad request", `The ${part} is not as expected.`, refusals);
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

/** Connection errors of the engines, wherever their client put the code. */
function isAway(error: Error & { code?: string }): boolean {
  const chain = [error, error.cause, (error.cause as Error | undefined)?.cause] as (Error & { code?: string })[];
  return chain.some(
    (each) =>
      each &&
      (AWAY.has(String(each.code)) ||
        /KafkaJS(Connection|NumberOfRetries)|connection timeout/i.test(`${each.name} ${each.message}`)),
  );
}

function send(request: FastifyRequest, reply: FastifyReply, { status, title, message, refusals }: ApiProblem): FastifyReply {
  const problem: Problem = {
    type: "about:blank",
    title,
    status,
    detail: message,
    instance: request.url.split("?")[0] ?? "",
    requestId: request.id,
    ...(refusals ? { refusals } : {}),
  };
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).type("application/problem+json").serializer(JSON.stringify).send(problem);
}
