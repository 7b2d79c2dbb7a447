import {
  type BatchAnswer,
  MAX_AHEAD_MS,
  REASON_AHEAD,
  REASON_INVALID_PREFIX,
  REASON_NOT_REGISTERED,
  REASON_TOO_OLD,
  type Rejected,
} from "../../recorder_contract.ts";
import { batchAnswer, recordedAnswer } from "../answers.ts";
import { readJson } from "../body.ts";
import { clientField } from "../fields.ts";
import { refuseOtherClient } from "../guard.ts";
import type { LiveFeed, LiveResult } from "../live.ts";
import { Problem } from "../problem.ts";
import { batchDocument, resultSchema, type SentResult } from "../requests.ts";
import type { Route, Services } from "../route.ts";
import type { AddOutcome, NewResult } from "../store.ts";
import type { Identity } from "../tokens.ts";
import { parseBatch, parseBody, parseClientId } from "../validation.ts";

/** Why each outcome that is no success is refused. */
const REASONS: Readonly<Partial<Record<AddOutcome, string>>> = {
  "unknown-target": REASON_NOT_REGISTERED,
  "too-old": REASON_TOO_OLD,
};

/** `POST /record-ping/<client>` */
async function recordOne(request: Request, { store, clock, live }: Services, who: Identity): Promise<Response> {
  const client = parseClientId(request.url);
  refuseOtherClient(who, client);
  const result = toNewResult(parseBody(resultSchema, await readJson(request, clock)), client);
  if (isAhead(result, clock.now())) throw new Problem(400, `Cannot take the result: 'at' is ${REASON_AHEAD}`);
  const outcomes = await store.add([result]);
  const [outcome = "accepted"] = outcomes;
  if (outcome === "unknown-target") {
    throw new Problem(404, `Cannot take the result: its ip is ${REASON_NOT_REGISTERED}`);
  }
  if (outcome === "too-old") throw new Problem(400, `Cannot take the result: 'at' is ${REASON_TOO_OLD}`);
  publish(live, [result], outcomes, clock.now());
  return Response.json({ status: outcome }, { status: outcome === "accepted" ? 201 : 200 });
}

/** `POST /record-pings/<client>` */
async function recordBatch(request: Request, { store, clock, live }: Services, who: Identity): Promise<Response> {
  const client = parseClientId(request.url);
  refuseOtherClient(who, client);
  const nowMs = clock.now();
  const rejected: Rejected[] = [];
  const results: NewResult[] = [];
  const indexes: number[] = [];
  for (const [index, item] of parseBatch(await readJson(request, clock)).entries()) {
    if (typeof item === "string") {
      rejected.push({ index, reason: REASON_INVALID_PREFIX + item });
      continue;
    }
    const result = toNewResult(item, client);
    if (isAhead(result, nowMs)) {
      rejected.push({ index, reason: REASON_AHEAD });
      continue;
    }
    results.push(result);
    indexes.push(index);
  }
  const outcomes = await store.add(results);
  for (const [position, index] of indexes.entries()) {
    const reason = REASONS[outcomes[position] ?? "accepted"];
    if (reason !== undefined) rejected.push({ index, reason });
  }
  const answer: BatchAnswer = {
    accepted: publish(live, results, outcomes, nowMs),
    duplicates: outcomes.filter((outcome) => outcome === "duplicate").length,
    rejected: rejected.sort((a, b) => a.index - b.index),
  };
  return Response.json(answer);
}

/** Tells the pages what was stored; returns how many results that are. */
function publish(
  live: LiveFeed,
  results: readonly NewResult[],
  outcomes: readonly AddOutcome[],
  nowMs: number,
): number {
  const stored: LiveResult[] = [];
  for (const [index, result] of results.entries()) {
    if (outcomes[index] === "accepted") stored.push({ ...result, atMs: result.atMs ?? nowMs });
  }
  if (stored.length > 0) live.publish({ kind: "results", results: stored });
  return stored.length;
}

function toNewResult({ ip, name, latency_ms, at, cause }: SentResult, client: string): NewResult {
  return { client, ip, name, atMs: at, latencyMs: latency_ms, cause };
}

function isAhead({ atMs = 0 }: NewResult, nowMs: number): boolean {
  return atMs > nowMs + MAX_AHEAD_MS;
}

const params = { client: clientField };

export const recordRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/record-ping/:client",
    access: "write",
    handler: recordOne,
    doc: {
      summary: "Record one result; without `at` it is stamped on arrival",
      params,
      body: resultSchema,
      answers: {
        201: { description: "Stored", schema: recordedAnswer },
        200: { description: "Had been stored before", schema: recordedAnswer },
      },
      problems: [404],
    },
  },
  {
    method: "POST",
    path: "/record-pings/:client",
    access: "write",
    handler: recordBatch,
    doc: {
      summary: "Record a batch; (client, ip, at) names one result, which is stored once",
      params,
      body: batchDocument,
      answers: { 200: { description: "What became of each result", schema: batchAnswer } },
      problems: [],
    },
  },
];
