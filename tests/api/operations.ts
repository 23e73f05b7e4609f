import type { World } from "./world.ts";

/** One operation of `/openapi.json`. */
export interface Operation {
  /** As `GET /api/v1/sites/{siteId}`. */
  name: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  /** Undefined where anybody may call it. */
  roles: readonly string[] | undefined;
  statuses: readonly number[];
  tags: readonly string[];
  /** Media types of the body it takes. */
  bodyTypes: readonly string[];
}

export async function operationsOf({ ask }: World): Promise<Operation[]> {
  const { body } = await ask({ url: "/openapi.json" });
  const paths = Object.entries<
    Record<string, { "x-roles"?: string[]; tags: string[]; responses: object; requestBody?: { content: object } }>
  >(body.paths);
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, { "x-roles": roles, tags, responses, requestBody }]) => {
      const method = verb.toUpperCase() as Operation["method"];
      return {
        name: `${method} ${path}`,
        method,
        path,
        roles,
        tags,
        statuses: Object.keys(responses).map(Number),
        bodyTypes: Object.keys(requestBody?.content ?? {}),
      };
    }),
  );
}
