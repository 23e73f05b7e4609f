import { STATUS_CODES } from "node:http";
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifySchema, RouteOptions } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "../schemas/problem.ts";

const PROBLEM_TYPE = "application/problem+json";

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
  transformObject: (document) => withProblems("openapiObject" in document ? document.openapiObject : document.swaggerObject),
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
interface Document {
  paths?: Record<string, Record<string, { responses: Responses }>>;
  components?: { schemas?: Record<string, unknown> };
}

/**
 * Errors are `application/problem+json`, one schema for all, and an answer without content has none. Beside the errors that a route
 * declares as its own, any may meet those of the server itself (a body of another type, too many requests, a store that is away):
 * `default`.
 */
function withProblems<T>(document: T): T {
  const { paths = {}, components } = document as Document;
  return {
    ...document,
    components: {
      ...components,
      schemas: { ...components?.schemas, Problem: z.toJSONSchema(problem, { target: "draft-2020-12" }) },
    },
    paths: mapValues(paths, (item) =>
      mapValues(item, (operation) => ({ ...operation, responses: described(operation.responses) })),
    ),
  };
}

const PROBLEM = { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } };

function described(responses: Responses): Responses {
  const each = mapValues(responses, ({ content }, status) => {
    const description = STATUS_CODES[status] ?? status;
    if (Number(status) >= 400) return { description, content: PROBLEM };
    return status === "204" || !content ? { description } : { description, content };
  });
  return { ...each, default: { description: "Any other problem, such as 413, 415, 429 or 503", content: PROBLEM } };
}

function mapValues<V, W>(object: Record<string, V>, change: (value: V, key: string) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}
