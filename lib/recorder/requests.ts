import * as v from "valibot";
import { MAX_BATCH } from "../recorder_contract.ts";
import { causeField, clientField, ipField, latencyField, nameField, timeField } from "./fields.ts";

// What callers send. The same schemas check it and stand in the OpenAPI document.

/** The most buckets of one `/series`, and how many it has when nothing is said. */
export const MAX_POINTS = 2000;
const DEFAULT_POINTS = 500;

export const registrationSchema = v.object({ ip: ipField, client: clientField, name: v.optional(nameField) });

const resultEntries = {
  ip: ipField,
  name: v.optional(nameField),
  latency_ms: latencyField,
  at: v.optional(timeField),
  cause: v.optional(causeField),
};

/** In the words of JSON Schema: no cause beside a number. */
const CAUSE_RULE = { not: { required: ["cause"], properties: { latency_ms: { type: "number" } } } } as const;

export const resultSchema = v.pipe(
  v.object(resultEntries),
  v.metadata(CAUSE_RULE),
  v.forward(v.check(({ latency_ms, cause }) => cause === undefined || latency_ms === null), ["cause"]),
);

/** Only the frame: a result that is wrong must not spoil the others. */
export const batchSchema = v.object({ results: v.pipe(v.array(v.unknown()), v.maxLength(MAX_BATCH)) });

/** The whole of a batch, for the OpenAPI document. */
export const batchDocument = v.object({
  results: v.pipe(
    v.array(v.pipe(v.object({ ...resultEntries, at: timeField }), v.metadata(CAUSE_RULE))),
    v.maxLength(MAX_BATCH),
  ),
});

export const renameSchema = v.object({ name: v.nullable(nameField) });

const rangeEntries = {
  start: v.pipe(v.optional(timeField), v.description("Default: an hour before the end.")),
  end: v.pipe(v.optional(timeField), v.description("Not in the range itself. Default: now.")),
};
const filterEntries = { client: v.optional(clientField), ip: v.optional(ipField) };
const searchField = v.pipe(v.string(), v.maxLength(253), v.description("A part of the ip, the name or the client."));

export const listQuery = v.object({ search: v.optional(searchField), client: v.optional(clientField) });
export const historyQuery = v.object({ ...rangeEntries, ...filterEntries });
export const eventsQuery = v.object({ client: v.optional(clientField) });
export const seriesQuery = v.object({
  client: clientField,
  ip: ipField,
  ...rangeEntries,
  points: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_POINTS)), DEFAULT_POINTS),
});

/** What `POST /ips` sends. */
export type Registration = v.InferOutput<typeof registrationSchema>;

/** One result as it is sent; `at` is in epoch ms. */
export type SentResult = v.InferOutput<typeof resultSchema>;
