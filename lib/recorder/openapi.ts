import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { RECORDER_HEADER } from "../recorder_contract.ts";
import { liveResult, problemAnswer } from "./answers.ts";
import { PROBLEM_TYPE, TITLES } from "./problem.ts";
import type { AnswerDoc, Route } from "./route.ts";

/** A part of an OpenAPI document. */
type Part = Readonly<Record<string, unknown>>;
type Doc = NonNullable<Route["doc"]>;

const PROBLEM = "Problem";

/** Errors that come before a route looks at anything. */
const GUARD_STATUSES = [401, 403] as const;
const BODY_STATUSES = [400, 408, 413] as const;

/** The OpenAPI 3.1 document of some routes, from the schemas that check what comes in. */
export function openApiDocument(routes: readonly Route[], version: string): Part {
  const paths: Record<string, Record<string, Part>> = {};
  for (const { method, path, access, doc } of routes) {
    if (doc === undefined) continue;
    const shown = path.replace(/:(\w+)/g, "{$1}");
    paths[shown] = { ...paths[shown], [method.toLowerCase()]: operation(doc, access) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "ping-client recorder", version, license: { name: "MIT", identifier: "MIT" } },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    paths,
    components: {
      schemas: { [PROBLEM]: jsonSchema(problemAnswer), LiveResult: jsonSchema(liveResult) },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        basic: { type: "http", scheme: "basic", description: "The token as the password, any user: for browsers." },
      },
    },
  };
}

function operation({ summary, params = {}, query, body, answers, problems }: Doc, access: Route["access"]): Part {
  const guards = access === "open" ? [403] : GUARD_STATUSES;
  const statuses = new Set([...problems, ...guards, ...(body === undefined ? [] : BODY_STATUSES)]);
  if (Object.keys(params).length > 0) statuses.add(400);
  return {
    summary,
    // The empty one: a recorder that was started without tokens asks for none.
    security: access === "open" ? [] : [{}, { bearer: [] }, { basic: [] }],
    parameters: [
      ...Object.entries(params).map(([name, schema]) => parameter("path", name, schema)),
      ...Object.entries(query?.entries ?? {}).map(([name, schema]) => parameter("query", name, schema)),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body) } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
      ...Object.fromEntries([...statuses].map((status) => [status, problemResponseDoc(status)])),
    },
  };
}

function parameter(place: "path" | "query", name: string, schema: GenericSchema): Part {
  const required = place === "path" || schema.type !== "optional";
  return { name, in: place, required, schema: jsonSchema(schema) };
}

function response({ description, schema, type }: AnswerDoc): Part {
  return { description, headers: HEADERS, ...(schema === undefined ? {} : { content: content(schema, type) }) };
}

function problemResponseDoc(status: number): Part {
  return {
    description: TITLES[status],
    headers: HEADERS,
    content: { [PROBLEM_TYPE]: { schema: { $ref: `#/components/schemas/${PROBLEM}` } } },
  };
}

const HEADERS = { [RECORDER_HEADER]: { required: true, schema: { type: "string", const: "1" } } } as const;

function content(schema: GenericSchema, type = "application/json"): Part {
  return { [type]: { schema: jsonSchema(schema) } };
}

/** What a schema takes. What JSON Schema can't say (`check`, `transform`) is left out: the rest is still true. */
function jsonSchema(schema: GenericSchema): Omit<JsonSchema, "$schema"> {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    typeMode: "input",
    errorMode: "ignore",
    target: "draft-2020-12",
  });
  return rest;
}
