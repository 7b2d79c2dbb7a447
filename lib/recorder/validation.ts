import * as v from "valibot";
import { CAUSES, MAX_BATCH, MAX_LATENCY_MS } from "../recorder_contract.ts";
import { Problem } from "./problem.ts";
import { parseQueryTime, parseTime } from "./times.ts";

/** What each field may hold, as an error says it. */
const RULES: Readonly<Record<string, string>> = {
  ip: "must be a string of 1 to 253 characters without white space, control characters or '/'",
  client: "must be a string of 1 to 100 characters without control characters or '/'",
  name: "must be a string of 1 to 200 characters without control characters, or be left out",
  latency_ms: `must be a number from 0 to ${MAX_LATENCY_MS}, or null`,
  at: "must be a time in RFC 3339 or a whole number of epoch milliseconds",
  cause: `must be one of ${CAUSES.join(", ")}, and only where 'latency_ms' is null`,
  results: `must be an array of at most ${MAX_BATCH} results`,
};

function text(allowed: RegExp, maxLength: number) {
  return v.pipe(v.string(), v.minLength(1), v.maxLength(maxLength), v.regex(allowed), v.check((s) => s.isWellFormed()));
}

const ip = text(/^[^\p{Cc}\s/]+$/u, 253);
const client = text(/^[^\p{Cc}/]+$/u, 100);
const name = text(/^\P{Cc}+$/u, 200);
const at = v.pipe(
  v.union([v.string(), v.number()]),
  v.check((value) => parseTime(value) !== undefined),
  v.transform((value) => parseTime(value) ?? 0),
);

const registrationSchema = v.object({ ip, client, name: v.optional(name) });

const resultSchema = v.pipe(
  v.object({
    ip,
    name: v.optional(name),
    latency_ms: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_LATENCY_MS))),
    at: v.optional(at),
    cause: v.optional(v.picklist(CAUSES)),
  }),
  v.forward(v.check(({ latency_ms, cause }) => cause === undefined || latency_ms === null), ["cause"]),
);

const batchSchema = v.object({ results: v.pipe(v.array(v.unknown()), v.maxLength(MAX_BATCH)) });

/** What `POST /ips` sends. */
export type Registration = v.InferOutput<typeof registrationSchema>;

/** One result as it is sent; `at` is in epoch ms. */
export type SentResult = v.InferOutput<typeof resultSchema>;

/** @throws {Problem} 400 that names the field and what is allowed */
export function parseRegistration(body: unknown): Registration {
  return orProblem(check(registrationSchema, body));
}

/** @throws {Problem} 400 that names the field and what is allowed */
export function parseResult(body: unknown): SentResult {
  return orProblem(check(resultSchema, body));
}

/**
 * Reads a batch. A result that is wrong does not spoil the others: it comes out as text that says what is wrong.
 * @throws {Problem} 400 when the batch itself is none
 */
export function parseBatch(body: unknown): readonly (SentResult | string)[] {
  return orProblem(check(batchSchema, body)).results.map((item) => {
    const result = check(resultSchema, item);
    // Without `at` a batch that is sent twice would be stored twice.
    if (typeof result !== "string" && result.at === undefined) return wrong("at", undefined);
    return result;
  });
}

/**
 * The client id in `/record-ping/<client>`, from the raw URL: routers decode wrong escapes leniently.
 * @throws {Problem} 400 when it is no client id
 */
export function parseClientId(url: string): string {
  const segment = new URL(url).pathname.split("/")[2] ?? "";
  try {
    const id = decodeURIComponent(segment);
    if (v.is(client, id)) return id;
  } catch {
    // Not UTF-8: as wrong as a forbidden character.
  }
  throw new Problem(400, `Cannot read the path: ${wrong("client", segment)}`);
}

/**
 * The range of a query: `start` and `end`, RFC 3339 or epoch ms. Default: the hour before `end`, and the present.
 * @throws {Problem} 400 when one is no time, or start is after end
 */
export function parseRange(query: URLSearchParams, nowMs: number): { startMs: number; endMs: number } {
  const endMs = queryTime(query, "end") ?? nowMs + 1; // A range does not hold its end; what came just now is wanted.
  const startMs = queryTime(query, "start") ?? Math.max(0, endMs - 3_600_000);
  if (startMs > endMs) throw new Problem(400, "Cannot read the query: 'start' must not be after 'end'");
  return { startMs, endMs };
}

function queryTime(query: URLSearchParams, field: string): number | undefined {
  const value = query.get(field);
  if (value === null) return undefined;
  const ms = parseQueryTime(value);
  if (ms === undefined) throw new Problem(400, `Cannot read the query: '${field}' ${RULES.at}: it is ${shown(value)}`);
  return ms;
}

/** The value, or as text what is wrong with it. */
function check<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> | string {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [step] = parsed.issues[0].path ?? [];
  if (step === undefined) return `the body must be an object: it is ${shown(body)}`;
  return wrong(String(step.key), step.value);
}

function orProblem<T>(checked: T | string): T {
  if (typeof checked === "string") throw new Problem(400, `Cannot take the body: ${checked}`);
  return checked as T;
}

function wrong(field: string, value: unknown): string {
  return `'${field}' ${RULES[field]}: it is ${shown(value)}`;
}

/** A value as an error shows it: on one line, and short. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
