import * as v from "valibot";
import { MAX_BATCH } from "../recorder_contract.ts";
import { clientField, idField, RULES } from "./fields.ts";
import { Problem } from "./problem.ts";
import { batchSchema, MAX_POINTS, resultSchema, type SentResult } from "./requests.ts";

/** What each field of a body or a query may hold, as an error says it. */
const ALL_RULES: Readonly<Record<string, string>> = {
  ...RULES,
  results: `must be an array of at most ${MAX_BATCH} results`,
  start: RULES.at ?? "",
  end: RULES.at ?? "",
  points: `must be a whole number from 1 to ${MAX_POINTS}`,
  search: "must be a text of at most 253 characters",
};

/**
 * Reads a body.
 * @throws {Problem} 400 that names the field and what is allowed
 */
export function parseBody<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  return orProblem(check(schema, body), "take the body");
}

/**
 * Reads a batch. A result that is wrong does not spoil the others: it comes out as text that says what is wrong.
 * @throws {Problem} 400 when the batch itself is none
 */
export function parseBatch(body: unknown): readonly (SentResult | string)[] {
  return parseBody(batchSchema, body).results.map((item) => {
    const result = check(resultSchema, item);
    // Without `at` a batch that is sent twice would be stored twice.
    if (typeof result !== "string" && result.at === undefined) return wrong("at", undefined);
    return result;
  });
}

/**
 * Reads a query. Parameters that the schema does not have are ignored.
 * @throws {Problem} 400 that names the parameter and what is allowed, or that it stands there twice
 */
export function parseQuery<S extends v.GenericSchema>(
  schema: S & { readonly entries: Readonly<Record<string, unknown>> },
  query: URLSearchParams,
): v.InferOutput<S> {
  const given: Record<string, unknown> = {};
  for (const key of Object.keys(schema.entries)) {
    const [text, second] = query.getAll(key);
    if (second !== undefined) throw new Problem(400, `Cannot read the query: '${key}' must stand there once`);
    if (text !== undefined) given[key] = key in READERS ? READERS[key]?.(text) : text;
  }
  return orProblem(check(schema, given), "read the query");
}

/** In a query everything is text: numbers become numbers, and a `+` that nobody encoded is one again. */
const READERS: Readonly<Record<string, (text: string) => string | number>> = {
  points: numberIn,
  start: timeIn,
  end: timeIn,
};

function numberIn(text: string): string | number {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function timeIn(text: string): string | number {
  return numberIn(text.replace(/ (\d\d:\d\d)$/, "+$1"));
}

/**
 * The client id in `/record-ping/<client>`, from the raw URL: routers decode wrong escapes leniently.
 * @throws {Problem} 400 when it is no client id
 */
export function parseClientId(url: string): string {
  const segment = new URL(url).pathname.split("/")[2] ?? "";
  try {
    const id = decodeURIComponent(segment);
    if (v.is(clientField, id)) return id;
  } catch {
    // Not UTF-8: as wrong as a forbidden character.
  }
  throw new Problem(400, `Cannot read the path: ${wrong("client", segment)}`);
}

/**
 * The id in `/ips/<id>`.
 * @throws {Problem} 400 when it is no id
 */
export function parseSeriesId(url: string): number {
  const segment = new URL(url).pathname.split("/")[2] ?? "";
  const id = /^\d{1,16}$/.test(segment) ? Number(segment) : 0;
  if (v.is(idField, id)) return id;
  throw new Problem(400, `Cannot read the path: the id must be a whole number of at least 1: it is ${shown(segment)}`);
}

/**
 * The range of a query. Default: the hour before `end`, and the present.
 * @throws {Problem} 400 when start is not before end, or the range is longer than `maxMs`
 */
export function rangeOf(
  { start, end }: { readonly start?: number; readonly end?: number },
  { nowMs, maxMs = Infinity }: { readonly nowMs: number; readonly maxMs?: number },
): { readonly startMs: number; readonly endMs: number } {
  const endMs = end ?? nowMs + 1; // A range does not hold its end; what came just now is wanted.
  const startMs = start ?? Math.max(0, endMs - 3_600_000);
  if (startMs >= endMs) throw new Problem(400, "Cannot read the query: 'start' must be before 'end'");
  if (endMs - startMs > maxMs) {
    throw new Problem(400, `Cannot read the query: 'start' to 'end' must be at most ${maxMs / 86_400_000} days`);
  }
  return { startMs, endMs };
}

/** The value, or as text what is wrong with it. */
function check<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> | string {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [step] = parsed.issues[0].path ?? [];
  if (step === undefined) return `the body must be an object: it is ${shown(body)}`;
  return wrong(String(step.key), step.value);
}

function orProblem<T>(checked: T | string, what: string): T {
  if (typeof checked === "string") throw new Problem(400, `Cannot ${what}: ${checked}`);
  return checked;
}

function wrong(field: string, value: unknown): string {
  return `'${field}' ${ALL_RULES[field]}: it is ${shown(value)}`;
}

/** A value as an error shows it: on one line, and short. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
