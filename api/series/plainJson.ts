import type { FastifySerializerCompiler } from "fastify";

/**
 * For answers of ten thousand and more points, put together field by field from our own stores: checking each of them against the
 * schema again took most of the time of the request. The tests check these answers against their schemas instead
 * (tests/api/series.test.ts).
 */
export const plainJson: FastifySerializerCompiler<unknown> = () => JSON.stringify;
