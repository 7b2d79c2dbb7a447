import { serveRecorder } from "../../lib/recorder/serve.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";

/** One result as it is posted. */
export interface SentResult {
  readonly ip: string;
  readonly name?: string;
  readonly latency_ms: number | null;
  readonly at?: string;
  readonly cause?: string;
}

/** A recorder that listens on the loopback, for one test. */
export interface TestRecorder {
  readonly origin: string;
  /** Registers what is new and sends results. */
  record(client: string, results: readonly SentResult[]): Promise<void>;
  /** Ends the listener; the history stays. */
  stop(): Promise<void>;
  /** Listens again at the same address. */
  start(): void;
  /** Stops, and forgets the history. */
  close(): Promise<void>;
}

/** The real recorder with its history in memory. */
export function startRecorder(): TestRecorder {
  const store = openSqliteStore();
  const registered = new Set<string>();
  const serve = (port: number) => {
    const ending = new AbortController();
    return { ending, serving: serveRecorder({ port, store, signal: ending.signal }) };
  };
  let { ending, serving } = serve(0);
  const { port } = serving;
  const origin = `http://127.0.0.1:${port}`;
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return await answer.json();
  };
  return {
    origin,
    async record(client, results) {
      for (const { ip } of results) {
        const key = `${client} ${ip}`;
        if (registered.has(key)) continue;
        registered.add(key);
        await post("/ips", { ip, client });
      }
      const now = new Date().toISOString();
      const dated = results.map((result) => ({ at: now, ...result }));
      for (let from = 0; from < dated.length; from += 1000) {
        const answer = await post(`/record-pings/${encodeURIComponent(client)}`, {
          results: dated.slice(from, from + 1000),
        });
        if (answer.rejected?.length !== 0) throw new Error(`not taken: ${JSON.stringify(answer)}`);
      }
    },
    async stop() {
      ending.abort();
      await serving.finished;
    },
    start() {
      ({ ending, serving } = serve(port));
    },
    async close() {
      ending.abort();
      await serving.finished;
      await store.close();
    },
  };
}
