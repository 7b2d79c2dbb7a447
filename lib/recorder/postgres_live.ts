import type { Clock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import type { Cause } from "../recorder_contract.ts";
import { createMemoryFeed, type LiveEvent, type LiveFeed, type LiveListener, type LiveResult } from "./live.ts";
import { connectPostgres, type PostgresAddress, type Sql, textArrayOf } from "./postgres_connect.ts";

export interface PostgresFeedOptions {
  readonly address: PostgresAddress;
  readonly clock: Clock;
  readonly log?: Log;
}

/** A feed that has connections of its own. */
export interface PostgresFeed extends LiveFeed {
  close(): Promise<void>;
}

const CHANNEL = "ping_client_events";
/** The connection that listens is called so: that is how others know that somebody does. */
const LISTENER = "ping-client events ";
/** PostgreSQL takes less than 8,000 bytes at once. */
const MOST_BYTES = 7_900;
/** So many results wait at most to be passed on; the oldest go first. */
const MOST_WAITING = 10_000;
/** Whether anybody listens is asked at most so often, ms: results come much more often than pages. */
const ASK_EVERY_MS = 2_000;
const RETRY_MS = 1_000;

/** A result in few bytes. */
type Packed = [client: string, ip: string, name: string | null, atMs: number, latencyMs: number | null, cause?: Cause];

/**
 * Carries what one recorder stores to the pages of all recorders of the same database, by NOTIFY. It costs nothing
 * while no page is open at another recorder. What is lost while the database is away is in the store all the same.
 */
export function createPostgresFeed({ address, clock, log = silentLog }: PostgresFeedOptions): PostgresFeed {
  const me = crypto.randomUUID().slice(0, 8);
  const local = createMemoryFeed();
  const sender = connectPostgres(address, { maxConnections: 1, applicationName: "ping-client notify" });
  let listeners = 0;
  let listening: AbortController | undefined;
  let ended: Promise<void> = Promise.resolve();
  let waiting: LiveResult[] = [];
  let targetsChanged = false;
  let sending: Promise<void> | undefined;
  let [askedAt, wanted] = [-Infinity, false];

  async function isWanted(): Promise<boolean> {
    if (clock.monotonic() - askedAt < ASK_EVERY_MS) return wanted;
    askedAt = clock.monotonic();
    const rows = await sender`SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
      AND application_name LIKE ${LISTENER + "%"} AND application_name <> ${LISTENER + me} LIMIT 1`;
    return wanted = rows.length > 0;
  }

  async function send(): Promise<void> {
    while (waiting.length > 0 || targetsChanged) {
      const [results, targets] = [waiting, targetsChanged];
      waiting = [];
      targetsChanged = false;
      try {
        if (!await isWanted()) continue;
        const texts = [...targets ? [JSON.stringify({ from: me })] : [], ...pack(me, results)];
        await sender`SELECT pg_notify(${CHANNEL}, text) FROM unnest(${textArrayOf(texts)}::text[]) AS text`;
      } catch (error) {
        log.debug("other recorders' pages miss results: {reason}", { reason: (error as Error).message });
      }
    }
  }

  function take(payload: string): void {
    const event = unpack(payload, me);
    if (event !== undefined) local.publish(event);
  }

  return {
    publish(event) {
      local.publish(event);
      if (event.kind === "targets") targetsChanged = true;
      else waiting = [...waiting, ...event.results].slice(-MOST_WAITING);
      sending ??= send().finally(() => sending = undefined);
    },
    subscribe(listener: LiveListener) {
      const unsubscribe = local.subscribe(listener);
      if (listeners++ === 0) {
        listening = new AbortController();
        const { signal } = listening;
        ended = ended.then(() => keepListening({ address, me, take, clock, signal }));
      }
      return () => {
        unsubscribe();
        if (--listeners === 0) listening?.abort();
      };
    },
    async close() {
      listening?.abort();
      await Promise.all([ended, sending]);
      await sender.end({ timeout: 1 });
    },
  };
}

async function keepListening(
  { address, me, take, clock, signal }: {
    readonly address: PostgresAddress;
    readonly me: string;
    readonly take: (payload: string) => void;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  while (!signal.aborted) {
    const lost = new AbortController();
    const sql: Sql = connectPostgres(address, {
      maxConnections: 1,
      applicationName: LISTENER + me,
      onNotify: (_, payload) => take(payload),
      onClose: () => lost.abort(),
    });
    try {
      await sql.unsafe(`LISTEN ${CHANNEL}`);
      // Until the connection breaks or nobody wants to hear any more.
      await new Promise<void>((resolve) => {
        const either = AbortSignal.any([signal, lost.signal]);
        if (either.aborted) resolve();
        either.addEventListener("abort", () => resolve(), { once: true });
      });
    } catch {
      // The database is away: the store says so wherever it is asked.
    }
    await sql.end({ timeout: 1 });
    await clock.sleep(RETRY_MS, signal);
  }
}

function* pack(from: string, results: readonly LiveResult[]): Generator<string> {
  const encoder = new TextEncoder();
  const head = `{"from":"${from}","results":[`;
  let [items, bytes] = [[] as string[], head.length + 2];
  for (const { client, ip, name, atMs, latencyMs, cause } of results) {
    const item = JSON.stringify([client, ip, name ?? null, atMs, latencyMs, cause] satisfies Packed);
    const length = encoder.encode(item).length + 1;
    if (bytes + length > MOST_BYTES && items.length > 0) {
      yield `${head}${items.join(",")}]}`;
      [items, bytes] = [[], head.length + 2];
    }
    items.push(item);
    bytes += length;
  }
  if (items.length > 0) yield `${head}${items.join(",")}]}`;
}

/** @returns undefined for what came from this recorder itself */
function unpack(payload: string, me: string): LiveEvent | undefined {
  const { from, results }: { from: string; results?: readonly Packed[] } = JSON.parse(payload);
  if (from === me) return undefined;
  if (results === undefined) return { kind: "targets" };
  return {
    kind: "results",
    results: results.map(([client, ip, name, atMs, latencyMs, cause]) => ({
      client,
      ip,
      ...(name === null ? {} : { name }),
      atMs,
      latencyMs,
      ...(cause === undefined || cause === null ? {} : { cause }),
    })),
  };
}
