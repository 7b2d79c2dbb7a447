import type { Clock } from "../clock.ts";
import {
  type BatchAnswer,
  MAX_AHEAD_MS,
  REASON_AHEAD,
  REASON_INVALID_PREFIX,
  REASON_NOT_REGISTERED,
  REASON_TOO_OLD,
  type Rejected,
} from "../recorder_contract.ts";
import { readJson } from "./body.ts";
import { jsonArrayResponse } from "./json_stream.ts";
import { Problem } from "./problem.ts";
import type { AddOutcome, NewResult, Overview, Ping, Series, Store } from "./store.ts";
import { formatTime } from "./times.ts";
import {
  parseBatch,
  parseClientId,
  parseRange,
  parseRegistration,
  parseResult,
  type SentResult,
} from "./validation.ts";

/** What a handler is given. */
export interface Context {
  readonly store: Store;
  readonly clock: Clock;
  readonly version: string;
}

export type Handler = (request: Request, context: Context) => Response | Promise<Response>;

/** How many pings of each target the page draws. */
const RECENT = 90;

const HOUR_MS = 3_600_000;

/** Why each outcome that is no success is refused. */
const REASONS: Readonly<Partial<Record<AddOutcome, string>>> = {
  "unknown-target": REASON_NOT_REGISTERED,
  "too-old": REASON_TOO_OLD,
};

/** `GET /ips` */
export async function listIps(_: Request, { store }: Context): Promise<Response> {
  const all = await store.listSeries();
  return Response.json(all.map(({ createdAtMs, ...series }) => ({ ...series, created_at: formatTime(createdAtMs) })));
}

/** `POST /ips` */
export async function registerIp(request: Request, { store }: Context): Promise<Response> {
  const key = parseRegistration(await readJson(request));
  const outcome = await store.register(key);
  if (outcome === "full") {
    throw new Problem(429, "Cannot register: this recorder holds as many targets as it may", { "retry-after": "3600" });
  }
  if (outcome === "existed") throw new Problem(409, "Cannot register: this ip already exists for this client");
  return Response.json(key, { status: 201 });
}

/** `POST /record-ping/<client>` */
export async function recordOne(request: Request, { store, clock }: Context): Promise<Response> {
  const client = parseClientId(request.url);
  const result = toNewResult(parseResult(await readJson(request)), client);
  if (isAhead(result, clock.now())) throw new Problem(400, `Cannot take the result: 'at' is ${REASON_AHEAD}`);
  const [outcome = "accepted"] = await store.add([result]);
  if (outcome === "unknown-target") {
    throw new Problem(404, `Cannot take the result: its ip is ${REASON_NOT_REGISTERED}`);
  }
  if (outcome === "too-old") throw new Problem(400, `Cannot take the result: 'at' is ${REASON_TOO_OLD}`);
  return Response.json({ status: outcome }, { status: outcome === "accepted" ? 201 : 200 });
}

/** `POST /record-pings/<client>` */
export async function recordBatch(request: Request, { store, clock }: Context): Promise<Response> {
  const client = parseClientId(request.url);
  const nowMs = clock.now();
  const rejected: Rejected[] = [];
  const taken: { index: number; result: NewResult }[] = [];
  for (const [index, item] of parseBatch(await readJson(request)).entries()) {
    if (typeof item === "string") {
      rejected.push({ index, reason: REASON_INVALID_PREFIX + item });
      continue;
    }
    const result = toNewResult(item, client);
    if (isAhead(result, nowMs)) rejected.push({ index, reason: REASON_AHEAD });
    else taken.push({ index, result });
  }
  const outcomes = await store.add(taken.map(({ result }) => result));
  for (const [position, { index }] of taken.entries()) {
    const reason = REASONS[outcomes[position] ?? "accepted"];
    if (reason !== undefined) rejected.push({ index, reason });
  }
  const answer: BatchAnswer = {
    accepted: outcomes.filter((outcome) => outcome === "accepted").length,
    duplicates: outcomes.filter((outcome) => outcome === "duplicate").length,
    rejected: rejected.sort((a, b) => a.index - b.index),
  };
  return Response.json(answer);
}

/** `GET /ping-data?start&end` */
export async function pingData(request: Request, { store, clock }: Context): Promise<Response> {
  const range = parseRange(new URL(request.url).searchParams, clock.now());
  const all = await store.listSeries();
  return jsonArrayResponse(seriesJson(all));

  async function* seriesJson(list: readonly Series[]): AsyncGenerator<string> {
    for (const [index, { id, ip, client, name }] of list.entries()) {
      const head = JSON.stringify({ device: name ?? ip, ip, client });
      yield `${index === 0 ? "" : ","}${head.slice(0, -1)},"pings":[`;
      let comma = "";
      for await (const block of store.readPings(id, range)) {
        yield comma + block.map(plainPing).join(",");
        comma = ",";
      }
      yield "]}";
    }
  }
}

/** `GET /summary`: how each target is doing, for the page. */
export async function summary(_: Request, { store, clock }: Context): Promise<Response> {
  const nowMs = clock.now();
  const all = await store.overview({ sinceMs: nowMs - HOUR_MS, recent: RECENT });
  return Response.json({ now: formatTime(nowMs), targets: all.map(targetJson) });
}

function targetJson({ series: { id, ip, client, name }, replies, lost, failed, recent }: Overview) {
  const asked = replies + lost;
  return {
    id,
    ip,
    client,
    name,
    last_hour: { replies, lost, failed, loss: asked === 0 ? null : lost / asked },
    // [epoch ms, latency in ms or null, 1 where it was not measured]: short, since the page fetches it often.
    recent: recent.map(({ atMs, latencyMs, cause }) => [atMs, latencyMs, isMeasured(cause) ? 0 : 1]),
  };
}

function isMeasured(cause: Ping["cause"]): boolean {
  return cause === undefined || cause === "timeout" || cause === "unreachable";
}

function plainPing({ latencyMs, atMs }: Ping): string {
  return JSON.stringify({ latency_ms: latencyMs, timestamp: formatTime(atMs) });
}

function toNewResult({ ip, name, latency_ms, at, cause }: SentResult, client: string): NewResult {
  return { client, ip, name, atMs: at, latencyMs: latency_ms, cause };
}

function isAhead({ atMs = 0 }: NewResult, nowMs: number): boolean {
  return atMs > nowMs + MAX_AHEAD_MS;
}
