import { STATUS_CODES } from "node:http";
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifySchema, RouteOptions } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { SPARSE_TYPE } from "./lists.ts";
import { nameNouns } from "./nouns.ts";

const PROBLEM_TYPE = "application/problem+json";

nameNouns();

/** How the routes become one OpenAPI 3.1 document: what a route declares and nothing beside it, so that the two cannot drift apart. */
export const openApi: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "Sewertrace",
      version: "1",
      description: "From drug residues in sewage to loads, anomalies and trace-back leads.",
    },
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    security: [{ key: [] }],
  },
  transform: withAccess,
  transformObject: (document) => withoutUnused(forGenerators(withProblems(jsonSchemaTransformObject(document)))),
};

/** Every operation says which roles may call it (`x-roles`); one that anybody may call needs no key. */
function withAccess(input: Parameters<typeof jsonSchemaTransform>[0]): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = jsonSchemaTransform(input);
  const access = (input as { route?: RouteOptions }).route?.config?.access;
  if (!access) return { schema, url };
  const said = access === "public" ? { security: [] } : { "x-roles": access };
  return { schema: { ...schema, ...said } as FastifySchema, url };
}

type Response = { description?: string; headers?: object; content?: Record<string, unknown> } | { $ref: string };
type Responses = Record<string, Exclude<Response, { $ref: string }>>;
interface Operation {
  responses: Responses;
  requestBody?: unknown;
  parameters?: { name: string }[];
  "x-roles"?: readonly string[];
}
interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, unknown> };
}

/**
 * Errors are `application/problem+json`, one schema for all, and an answer without content has none. Beside what a route declares as its
 * own, any may meet the refusals of the server itself: too many requests, a store that is away, an address or a body that no route takes.
 */
function withProblems<T>(document: T): T {
  const { paths = {}, components } = document as Document;
  return {
    ...document,
    components: { ...components, responses: sharedResponses() },
    paths: mapValues(paths, (item, path) =>
      mapValues(item, (operation, method) => ({
        ...operation,
        ...bodiesApart(operation.requestBody),
        responses: described(path, method, operation),
      })),
    ),
  };
}

type BodyField = { "x-body"?: string; "x-needed"?: boolean };
interface Body {
  content?: Record<string, { schema?: { properties?: Record<string, BodyField> } }>;
}

/** A body of two types has fields that are for one of them (`x-body`), some needed there (`x-needed`): zod knows one schema for both. */
function bodiesApart(requestBody: unknown): { requestBody?: unknown } {
  const { content = {} } = (requestBody ?? {}) as Body;
  if (!Object.values(content).some(({ schema }) => Object.values(schema?.properties ?? {}).some((field) => field["x-body"])))
    return {};
  const apart = mapValues(content, ({ schema }, type) => {
    const fields = Object.entries(schema?.properties ?? {}).filter(([, field]) => (field["x-body"] ?? type) === type);
    const required = fields.filter(([, field]) => field["x-needed"]).map(([name]) => name);
    const properties = fields.map(([name, { "x-body": _type, "x-needed": _needed, ...field }]) => [name, field] as const);
    return { schema: { ...schema, properties: Object.fromEntries(properties), required } };
  });
  return { requestBody: { ...(requestBody as Body), content: apart } };
}

/** It says what the settings say. */
const WITHOUT_STORE = "/api/v1/session/ways";

const sharedResponse = (status: number | string) => ({ $ref: `#/components/responses/Status${status}` });

/** What many operations answer alike is written once. */
function sharedResponses(): Record<string, object> {
  const statuses = [400, 401, 403, 404, 405, 409, 410, 412, 413, 414, 415, 422, 429, 431, 503];
  const refusals = statuses.map((status) => [`Status${status}`, { description: STATUS_CODES[status], content: PROBLEM }]);
  return { Status304: { description: "You have it already" }, ...Object.fromEntries(refusals) };
}

const PROBLEM = { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } };

/** Some of the fields, which the reader named: no schema of its own. */
const SPARSE = { [SPARSE_TYPE]: { schema: { type: "object" } } };
const ETAG = { ETag: { description: "To be sent back as If-None-Match, or If-Match with a change", schema: { type: "string" } } };

function described(
  path: string,
  method: string,
  { responses, requestBody, parameters, "x-roles": access }: Operation,
): Record<string, Response> {
  const isGuarded = access !== undefined && !path.endsWith("/session"); // who am I and signing out need no scope
  const isSparse = parameters?.some(({ name }) => name === "fields");
  const isWhole = method === "get" && "application/json" in (responses["200"]?.content ?? {});
  const own = mapValues(responses, ({ content }, status): Response => {
    const description = STATUS_CODES[status] ?? status;
    if (Number(status) >= 400) return sharedResponse(status);
    if (status === "204" || !content) return { description };
    return {
      description,
      ...(isWhole ? { headers: ETAG } : {}),
      content: { ...content, ...(isWhole && isSparse ? SPARSE : {}) },
    };
  });
  if (isWhole) own["304"] = sharedResponse(304);
  const guarded = isGuarded ? [401, 403] : [];
  const ofServer = [
    400,
    ...guarded,
    ...(path.includes("{") ? [414] : []),
    ...(requestBody ? [413, 415] : []),
    429,
    431,
    ...(path === WITHOUT_STORE ? [] : [503]),
  ];
  const refusals = ofServer.map((status) => [status, sharedResponse(status)]);
  return { ...Object.fromEntries(refusals), ...own };
}

/**
 * Said as any generator understands it. A record whose keys are all known becomes an object with these properties; a class of Unicode in
 * a pattern, which Python's regular expressions do not know, becomes its ranges; a tuple of like parts becomes a list of that length.
 */
function forGenerators<T>(value: T): T {
  if (Array.isArray(value)) return value.map(forGenerators) as T;
  if (typeof value !== "object" || value === null) return value;
  const schema = mapValues(value as Record<string, unknown>, forGenerators);
  if (typeof schema["pattern"] === "string") schema["pattern"] = schema["pattern"].replaceAll("\\p{Cc}", CONTROL_CHARACTERS);
  if (Array.isArray(schema["prefixItems"])) {
    const { prefixItems: each, items: _items, ...rest } = schema as { prefixItems: unknown[]; items?: unknown };
    const [first, ...others] = each.map((one) => JSON.stringify(one));
    if (others.every((other) => other === first))
      return { ...rest, minItems: each.length, maxItems: each.length, items: each[0] } as T;
  }
  const names = (schema["propertyNames"] as { enum?: string[] } | undefined)?.enum;
  if (!names) return schema as T;
  const { propertyNames: _, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    properties: Object.fromEntries(names.map((name) => [name, additionalProperties])),
    additionalProperties: false,
  } as T;
}

const CONTROL_CHARACTERS = "\\u0000-\\u001f\\u007f-\\u009f";

/** The provider writes every noun as it is sent and as it is answered; those that no route and no other noun names are left out. */
function withoutUnused<T extends object>(document: T): T {
  const { components } = document as Document;
  const text = JSON.stringify(document);
  const isUsed = (name: string) => text.includes(`"#/components/schemas/${name}"`);
  const schemas = Object.fromEntries(Object.entries(components?.schemas ?? {}).filter(([name]) => isUsed(name)));
  const left = { ...document, components: { ...components, schemas } };
  return Object.keys(schemas).length < Object.keys(components?.schemas ?? {}).length ? withoutUnused(left) : left;
}

function mapValues<V, W>(object: Record<string, V>, change: (value: V, key: string) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}
