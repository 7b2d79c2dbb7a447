import * as v from "valibot";
import { CAUSES, MAX_LATENCY_MS } from "../recorder_contract.ts";
import { MAX_TIME_MS, parseTime } from "./times.ts";

/** What each field may hold, as an error says it. */
export const RULES: Readonly<Record<string, string>> = {
  ip: "must be a string of 1 to 253 characters without white space, control characters or '/'",
  client: "must be a string of 1 to 100 characters without control characters or '/'",
  name: "must be a string of 1 to 200 characters without control characters, or be left out",
  latency_ms: `must be a number from 0 to ${MAX_LATENCY_MS}, or null`,
  at: "must be a time in RFC 3339 or a whole number of epoch milliseconds",
  cause: `must be one of ${CAUSES.join(", ")}, and only where 'latency_ms' is null`,
};

// Spelt out, since these patterns go into the OpenAPI document: other languages know no \p{Cc}, or another \s.
const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f`;
const SPACE = String.raw`\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;

/** Lengths are in code points, as JSON Schema counts them. */
function text(forbidden: string, maxLength: number) {
  const pattern = new RegExp(`^[^${forbidden}]{1,${maxLength}}$`, "u");
  return v.pipe(v.string(), v.regex(pattern), v.check((s) => s.isWellFormed()));
}

export const ipField = v.pipe(text(`${CONTROL}${SPACE}/`, 253), v.description("A host: its address or its name."));
export const clientField = v.pipe(text(`${CONTROL}/`, 100), v.description("Which box pinged."));
export const nameField = v.pipe(text(CONTROL, 200), v.description("What to show for the target."));

/** What a target is called in `/ips/<id>`. */
export const idField = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));

export const latencyField = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_LATENCY_MS)));
export const causeField = v.picklist(CAUSES);

/** RFC 3339 or epoch ms; comes out as epoch ms. */
export const timeField = v.pipe(
  v.union([
    v.pipe(v.string(), v.metadata({ format: "date-time" })),
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_TIME_MS)),
  ]),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const ms = parseTime(dataset.value);
    if (ms !== undefined) return ms;
    addIssue({});
    return NEVER;
  }),
);
