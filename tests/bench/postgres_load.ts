// deno-lint-ignore-file no-console -- what a benchmark prints is its purpose
import postgres from "postgres";
import { fromSource, startProcess, type TestProcess } from "../process.ts";
import { startPostgres } from "../postgres_server.ts";

// Two recorders over one PostgreSQL, many simulated clients, all on the loopback; one recorder is killed and PostgreSQL
// restarted in the middle. Run: deno run -A tests/bench/postgres_load.ts [seconds] [results a second]

export interface LoadOptions {
  readonly seconds: number;
  readonly clients: number;
  /** Results a second, all clients together. */
  readonly rate: number;
  /** Results of one batch. */
  readonly batch: number;
  /** Whether PostgreSQL waits for the disk, as it should. */
  readonly fsync: boolean;
  /** Kill one recorder after a third of the time, and restart PostgreSQL at the half. */
  readonly faults: boolean;
}

export interface LoadReport {
  /** Results that clients sent, each once counted, however often it was posted. */
  readonly sent: number;
  /** Rows in the database, and the sum of their latencies, as they are and as they must be. */
  readonly stored: number;
  readonly sumUs: number;
  readonly expectedSumUs: number;
  /** What the roll-ups count. */
  readonly counted: number;
  readonly resultsPerSecond: number;
  /** Of the answers that took a batch, ms; `calm`: without those from a fault to 5 s after it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly calmP99Ms: number;
  readonly retries: number;
  readonly bytes: number;
}

const TARGETS = 10;

export async function postgresLoad(options: LoadOptions): Promise<LoadReport> {
  const { seconds, clients, rate, batch, fsync, faults } = options;
  const server = await startPostgres({ settings: fsync ? [] : ["fsync = off"] });
  const db = await server.createDatabase();
  const start = async (port = 0): Promise<{ process: TestProcess; url: string }> => {
    const process = startProcess(fromSource("recorder", "--listen", `127.0.0.1:${port}`, "--db", db));
    const [, url = ""] = await process.until(/(http:\/\/127\.0\.0\.1:\d+)\//, 60_000);
    return { process, url };
  };
  const replicas = await Promise.all([start(), start()]);
  const urls = replicas.map(({ url }) => url);
  const latencies: { readonly atMs: number; readonly tookMs: number }[] = [];
  const faultTimes: number[] = [];
  let [sent, expectedSumUs, retries] = [0, 0, 0];
  const sql = postgres(db, { max: 1, fetch_types: false, onnotice() {} });
  try {
    await sql`INSERT INTO series (client, ip, created_ms)
      SELECT 'load' || c, '192.0.2.' || t, 0 FROM generate_series(1, ${clients}) c, generate_series(1, ${TARGETS}) t`;
    const began = performance.now();
    const epoch = Date.now() - 3_600_000;
    const ends = began + seconds * 1000;
    const everyMs = clients * batch * 1000 / rate;
    const client = async (number: number) => {
      let replica = number % 2;
      let next = began + (number / clients) * everyMs;
      for (let round = 0; next < ends; round++, next += everyMs) {
        await sleep(next - performance.now());
        const results = Array.from({ length: batch }, (_, i) => {
          const us = (number * 7919 + round * 104_729 + i * 31) % 90_000;
          expectedSumUs += us;
          return {
            ip: `192.0.2.${1 + i % TARGETS}`,
            latency_ms: us / 1000,
            at: new Date(epoch + (round * Math.ceil(batch / TARGETS) + Math.floor(i / TARGETS)) * 10).toISOString(),
          };
        });
        sent += batch;
        const body = JSON.stringify({ results });
        for (;;) {
          const asked = performance.now();
          if (await post(`${urls[replica]}/record-pings/load${number}`, body)) {
            latencies.push({ atMs: asked, tookMs: performance.now() - asked });
            break;
          }
          retries++;
          replica = 1 - replica;
          await sleep(200 + Math.random() * 300);
        }
      }
    };
    const harm = async () => {
      await sleep(seconds * 1000 / 3);
      const [first] = replicas;
      if (first === undefined) return;
      faultTimes.push(performance.now());
      first.process.kill("SIGKILL");
      await first.process.ended;
      await sleep(seconds * 1000 / 6);
      faultTimes.push(performance.now());
      await server.restart({ mode: "immediate" });
      replicas[0] = await start(Number(new URL(first.url).port));
    };
    await Promise.all([...Array.from({ length: clients }, (_, i) => client(i + 1)), ...faults ? [harm()] : []]);
    const tookS = (performance.now() - began) / 1000;
    const [stored] = await sql`SELECT count(*)::float8 AS n, sum(value)::float8 AS sum FROM results`;
    const [size] = await sql`SELECT pg_database_size(current_database())::float8 AS bytes`;
    const summary: { windows: { "24h": { replies: number } } }[] = await (await fetch(`${urls[1]}/summary`)).json();
    const all = latencies.map(({ tookMs }) => tookMs);
    const calm = latencies.filter(({ atMs }) => !faultTimes.some((time) => atMs > time - 1000 && atMs < time + 5000));
    return {
      sent,
      stored: Number(stored?.n),
      sumUs: Number(stored?.sum),
      expectedSumUs,
      counted: summary.reduce((sum, { windows }) => sum + windows["24h"].replies, 0),
      resultsPerSecond: sent / tookS,
      p50Ms: quantile(all, 0.5),
      p99Ms: quantile(all, 0.99),
      calmP99Ms: quantile(calm.map(({ tookMs }) => tookMs), 0.99),
      retries,
      bytes: Number(size?.bytes),
    };
  } finally {
    await sql.end({ timeout: 1 });
    for (const { process } of replicas) process.kill("SIGTERM");
    for (const { process } of replicas) await process.ended;
    await server.dispose();
  }
}

/** @returns whether all of the batch was taken */
async function post(url: string, body: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    return answer.status === 200 && JSON.parse(text).rejected.length === 0;
  } catch {
    return false;
  }
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

if (import.meta.main) {
  const [seconds = 60, rate = 12_000] = Deno.args.map(Number);
  const faults = Deno.args[2] !== "calm";
  const report = await postgresLoad({ seconds, rate, clients: 200, batch: 500, fsync: true, faults });
  console.log(report);
}
