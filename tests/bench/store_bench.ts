import { systemClock } from "../../lib/clock.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { LEVELS } from "../../lib/recorder/rollup.ts";
import type { NewResult, Store } from "../../lib/recorder/store.ts";

// How the SQLite store does on a large database, in a folder of its own that is removed at the end.
// Run: deno run -A tests/bench/store_bench.ts [ROWS]   (default 10,000,000; about 2 minutes)

const SERIES = 1000;
const INTERVAL_MS = 10_000;
const BATCH = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One figure, what it should be, and whether it is. */
interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly aim?: string;
}

/** Latencies that look like a network's: steady with a tail, 0.5 % lost. From a generator with a fixed seed. */
function makeLatencies(seed: number): () => number | null {
  let state = seed >>> 0;
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return () => {
    if (next() < 0.005) return null;
    const jitter = -Math.log(1 - next());
    return Math.round((5 + jitter * 2 + (next() < 0.01 ? next() * 200 : 0)) * 1000) / 1000;
  };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

async function timed(times: number, body: (i: number) => Promise<unknown>): Promise<number[]> {
  const spent: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await body(i);
    spent.push(performance.now() - start);
  }
  return spent;
}

async function fill(store: Store, rows: number, endMs: number): Promise<{ perSecond: number; slowestMs: number }> {
  const latency = makeLatencies(7);
  const ips = Array.from({ length: SERIES }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  const rounds = Math.ceil(rows / SERIES);
  const startMs = endMs - rounds * INTERVAL_MS;
  let [storing, slowestMs] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const batch: NewResult[] = [];
    for (let i = 0; i < BATCH; i++) {
      const atMs = startMs + round * INTERVAL_MS + i * 10 + (i * 7 + round * 13) % 5;
      batch.push({ ip: ips[i] ?? "", client: "bench", atMs, latencyMs: latency() });
    }
    const start = performance.now();
    await store.add(batch);
    const spent = performance.now() - start;
    storing += spent;
    slowestMs = Math.max(slowestMs, spent);
  }
  return { perSecond: (rounds * SERIES) / storing * 1000, slowestMs };
}

/** A year of hourly history for one series, by a result each 10 minutes, which is enough for roll-ups of an hour. */
async function fillYear(store: Store, endMs: number): Promise<void> {
  const latency = makeLatencies(3);
  const batch: NewResult[] = [];
  for (let atMs = endMs - 365 * DAY_MS; atMs < endMs; atMs += 600_000) {
    batch.push({ ip: "10.9.9.9", client: "bench", atMs, latencyMs: latency() });
    if (batch.length === BATCH) await store.add(batch.splice(0));
  }
  await store.add(batch);
}

async function main(): Promise<void> {
  const rows = Number(Deno.args[0] ?? 10_000_000);
  const folder = await Deno.makeTempDir();
  const path = `${folder}/history.db`;
  const figures: Figure[] = [];
  try {
    const nowMs = Date.now();
    let store = openSqliteStore({ path, clock: systemClock });
    for (let i = 0; i < SERIES; i++) await store.register({ ip: `10.0.${i >> 8}.${i & 255}`, client: "bench" });
    const filled = await fill(store, rows, nowMs);
    figures.push({
      name: "store: results/s in batches of 1,000",
      value: filled.perSecond,
      unit: "/s",
      aim: ">= 150000",
    });
    figures.push({ name: "store: slowest batch", value: filled.slowestMs, unit: "ms" });
    await store.maintain({ nowMs: nowMs + HOUR_MS });
    await store.close();
    const bytes = (await Deno.stat(path)).size;
    const perRow = bytes / (Math.ceil(rows / SERIES) * SERIES);
    figures.push({ name: "disk: bytes per raw result, roll-ups counted in", value: perRow, unit: "B", aim: "<= 24" });

    let start = performance.now();
    store = openSqliteStore({ path, clock: systemClock });
    figures.push({ name: "open", value: performance.now() - start, unit: "ms" });

    const all = await store.listSeries();
    const day = { startMs: nowMs - DAY_MS, endMs: nowMs, points: 500 };
    let source = "";
    const dayMs = await timed(100, async (i) => {
      source = (await store.series({ seriesId: all[i * 7 % all.length]?.id ?? 0, ...day }))?.source ?? "";
    });
    figures.push({
      name: `series: 24 h, 500 points, from ${source}, p95`,
      value: quantile(dayMs, 0.95),
      unit: "ms",
      aim: "< 50",
    });
    const week = { startMs: nowMs - 14 * DAY_MS, endMs: nowMs, points: 500 };
    const weekMs = await timed(30, async (i) => {
      source = (await store.series({ seriesId: all[i * 7 % all.length]?.id ?? 0, ...week }))?.source ?? "";
    });
    figures.push({
      name: `series: 14 d, 500 points, from ${source}, p95`,
      value: quantile(weekMs, 0.95),
      unit: "ms",
      aim: "< 50",
    });

    await store.register({ ip: "10.9.9.9", client: "bench" });
    await fillYear(store, nowMs);
    await store.maintain({ nowMs: nowMs + HOUR_MS });
    const [year] = await store.listSeries({ ip: "10.9.9.9" });
    const yearMs = await timed(100, async () => {
      const range = { startMs: nowMs - 365 * DAY_MS, endMs: nowMs, points: 500 };
      source = (await store.series({ seriesId: year?.id ?? 0, ...range }))?.source ?? "";
    });
    figures.push({
      name: `series: 1 year, 500 points, from ${source}, p95`,
      value: quantile(yearMs, 0.95),
      unit: "ms",
      aim: "< 50",
    });
    start = performance.now();
    const outages = await store.outages({ startMs: nowMs - DAY_MS, endMs: nowMs, nowMs });
    figures.push({
      name: `outages: ${SERIES} series, 24 h (${outages.length} found)`,
      value: performance.now() - start,
      unit: "ms",
    });
    await store.close();
    await Deno.remove(path);

    figures.push(...await summaries(path, nowMs));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  print(figures);
}

/** 2,000 series with a day of results each minute; the page asks every 5 s while results arrive. */
async function summaries(path: string, nowMs: number): Promise<Figure[]> {
  let now = nowMs;
  const clock = { ...systemClock, now: () => now };
  const store = openSqliteStore({ path, clock });
  const count = 2000;
  const ips = Array.from({ length: count }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  for (const ip of ips) await store.register({ ip, client: "bench" });
  const latency = makeLatencies(5);
  const round = (atMs: number) => store.add(ips.map((ip) => ({ ip, client: "bench", atMs, latencyMs: latency() })));
  for (let atMs = nowMs - DAY_MS; atMs < nowMs; atMs += 60_000) await round(atMs);
  const start = performance.now();
  await store.summaries({ nowMs: now });
  const firstMs = performance.now() - start;
  const spent = await timed(100, async () => {
    const all = await store.summaries({ nowMs: now });
    if (all.length !== count) throw new Error(`summaries gave ${all.length}`);
    now += 5000;
    await round(now);
  });
  // What adding took is not part of the figure.
  const reads = await timed(100, async () => {
    now += 5000;
    await store.summaries({ nowMs: now });
  });
  await store.close();
  return [
    { name: `summary: ${count} series, first call`, value: firstMs, unit: "ms" },
    { name: `summary: ${count} series, with an add of all between, p95`, value: quantile(spent, 0.95), unit: "ms" },
    { name: `summary: ${count} series, p95`, value: quantile(reads, 0.95), unit: "ms", aim: "< 100" },
  ];
}

function print(figures: readonly Figure[]): void {
  for (const { name, value, unit, aim } of figures) {
    const shown = value >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toFixed(1);
    // deno-lint-ignore no-console -- a benchmark's output is its purpose
    console.log(`${name.padEnd(64)} ${shown.padStart(10)} ${unit.padEnd(4)} ${aim ?? ""}`);
  }
  // deno-lint-ignore no-console -- as above
  console.log(
    `levels: raw, ${LEVELS.map(({ name }) => name).join(", ")}; memory ${Math.round(Deno.memoryUsage().rss / 1e6)} MB`,
  );
}

await main();
