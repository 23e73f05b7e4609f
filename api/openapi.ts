import { STATUS_CODES } from "node:http";
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifySchema, RouteOptions } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
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

type Responses = Record<string, { description?: string; content?: Record<string, unknown> }>;
interface Operation {
  responses: Responses;
  requestBody?: unknown;
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
  const { paths = {} } = document as Document;
  return {
    ...document,
    paths: mapValues(paths, (item, path) =>
      mapValues(item, (operation) => ({ ...operation, responses: described(path, operation) })),
    ),
  };
}

const PROBLEM = { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } };

function described(path: string, { responses, requestBody }: Operation): Responses {
  const own = mapValues(responses, ({ content }, status) => {
    const description = STATUS_CODES[status] ?? status;
    if (Number(status) >= 400) return { description, content: PROBLEM };
    return status === "204" || !content ? { description } : { description, content };
  });
  const ofServer = [400, ...(path.includes("{") ? [414] : []), ...(requestBody ? [413, 415] : []), 429, 431, 503];
  const refusals = ofServer.map((status) => [status, { description: STATUS_CODES[status] ?? "", content: PROBLEM }]);
  return { ...Object.fromEntries(refusals), ...own };
}

/**
 * Said as any generator understands it. A record whose keys are all known becomes an object with these properties; a class of Unicode in
 * a pattern, which Python's regular expressions do not know, becomes its ranges.
 */
function forGenerators<T>(value: T): T {
  if (Array.isArray(value)) return value.map(forGenerators) as T;
  if (typeof value !== "object" || value === null) return value;
  const schema = mapValues(value as Record<string, unknown>, forGenerators);
  if (typeof schema["pattern"] === "string") schema["pattern"] = schema["pattern"].replaceAll("\\p{Cc}", CONTROL_CHARACTERS);
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
