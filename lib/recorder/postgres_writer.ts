import type { Clock } from "../clock.ts";
import { MAX_LATENCY_MS } from "../recorder_contract.ts";
import { toValue } from "./ping_value.ts";
import { arrayOf, type Sql } from "./postgres_connect.ts";
import { dayOf, type PostgresDays } from "./postgres_days.ts";
import type { PostgresFolder } from "./postgres_folder.ts";
import { keyOf, type KnownSeries, type PostgresSeries } from "./postgres_series.ts";
import type { Retention } from "./retention.ts";
import type { AddOutcome, NewResult } from "./store.ts";

export interface WriterOptions {
  readonly clock: Clock;
  readonly retention: Retention;
}

interface Batch {
  readonly results: readonly NewResult[];
  readonly resolve: (outcomes: readonly AddOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A result on its way: `place` is where its outcome belongs. */
interface Item {
  readonly place: number;
  readonly known: KnownSeries;
  timeUs: number;
  readonly value: number;
  readonly stamped: boolean;
}

/** So many statements are under way at once; posts that come meanwhile share the next one. */
const LANES = 3;
/** Most results of one statement. */
const MOST_RESULTS = 8_000;
/** The database says so where a day has no partition. */
const NO_PARTITION = "23514";
/** Times from here on are refused, epoch ms: as in the other store, 2089-08-16. */
const END_MS = 2 ** 20 * 3_600_000;
/** A series that is deleted and registered again, or a day that is dropped, may each need one more try. */
const TRIES = 5;

/** Stores results, many in one statement. */
export class PostgresWriter {
  readonly #waiting: Batch[] = [];
  #lanes = 0;

  constructor(
    private readonly sql: Sql,
    private readonly series: PostgresSeries,
    private readonly days: PostgresDays,
    private readonly folder: PostgresFolder,
    private readonly options: WriterOptions,
  ) {}

  add(results: readonly NewResult[]): Promise<readonly AddOutcome[]> {
    if (results.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ results, resolve, reject });
      if (this.#lanes < LANES) void this.#lane();
    });
  }

  /** Takes what waits until nothing does. */
  async #lane(): Promise<void> {
    this.#lanes++;
    // Posts that arrived together go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batches: Batch[] = [];
      for (let count = 0; this.#waiting[0] !== undefined;) {
        count += this.#waiting[0].results.length;
        if (batches.length > 0 && count > MOST_RESULTS) break;
        batches.push(this.#waiting.shift() as Batch);
      }
      await this.#storeAll(batches);
    }
    this.#lanes--;
  }

  async #storeAll(batches: readonly Batch[]): Promise<void> {
    try {
      const outcomes = await this.#store(batches.flatMap(({ results }) => results));
      let from = 0;
      for (const { results, resolve } of batches) resolve(outcomes.slice(from, from += results.length));
    } catch (error) {
      // A result that can't be stored must not take down the posts that happened to come with it.
      if (batches.length === 1 || !(error instanceof RangeError)) { for (const { reject } of batches) reject(error); }
      else for (const batch of batches) await this.#storeAll([batch]);
    }
  }

  async #store(results: readonly NewResult[]): Promise<AddOutcome[]> {
    const outcomes: AddOutcome[] = new Array(results.length).fill("unknown-target");
    let places = results.map((_, place) => place);
    for (let tries = 1; places.length > 0; tries++) {
      try {
        places = await this.#try(results, places, outcomes);
      } catch (error) {
        if (tries >= TRIES || !(error instanceof Error && "code" in error && error.code === NO_PARTITION)) throw error;
        await this.days.refresh();
      }
    }
    return outcomes;
  }

  /** @returns the places of results that must be tried again */
  async #try(results: readonly NewResult[], places: readonly number[], outcomes: AddOutcome[]): Promise<number[]> {
    const nowMs = this.options.clock.now();
    const resultAt = (place: number) => results[place] as NewResult;
    const known = await this.series.resolve(places.map(resultAt));
    const names = new Map<KnownSeries, string>();
    const seen = new Map<KnownSeries, Set<number>>();
    const items: Item[] = [];
    for (const place of places) {
      const { client, ip, name, atMs, latencyMs, cause } = resultAt(place);
      const value = toValue(latencyMs, cause);
      validate(value, resultAt(place));
      const of = known.get(keyOf(client, ip));
      if (of === undefined) {
        outcomes[place] = "unknown-target";
        continue;
      }
      if (name !== undefined && !of.pinned && of.name !== name) names.set(of, name);
      if (atMs !== undefined && atMs < this.#oldestMs(nowMs)) {
        outcomes[place] = "too-old";
        continue;
      }
      const timeUs = atMs === undefined ? nextStamp(of, nowMs * 1000) : atMs * 1000;
      const times = seen.get(of) ?? new Set();
      seen.set(of, times);
      outcomes[place] = times.has(timeUs) ? "duplicate" : "accepted";
      if (times.has(timeUs)) continue;
      times.add(timeUs);
      items.push({ place, known: of, timeUs, value, stamped: atMs === undefined });
    }
    if (names.size > 0) await this.series.takeNames(names);
    const floorUs = this.days.floors(nowMs).raw * 1000;
    const late = items.filter(({ timeUs }) => timeUs < floorUs);
    const fresh = late.length === 0 ? items : items.filter(({ timeUs }) => timeUs >= floorUs);
    const again: number[] = [];
    if (fresh.length > 0) {
      await this.days.ensure(fresh.map(({ timeUs }) => dayOf(timeUs)), nowMs);
      again.push(...this.#settle(fresh, await this.#insert(fresh, nowMs), resultAt, outcomes, nowMs));
    }
    if (late.length > 0) {
      again.push(...this.#settle(late, await this.folder.addLate(late.map(toRow), nowMs), resultAt, outcomes, nowMs));
    }
    this.folder.grown(items.length, nowMs, this.series.knownCount);
    return again;
  }

  /** Those that were not stored, and why; none in most cases, so that there is hardly an answer to read. */
  async #insert(items: readonly Item[], nowMs: number): Promise<readonly NotStored[]> {
    // In the order of their key: two recorders that are sent the same must not wait for each other.
    const rows = items.map(toRow).sort((a, b) => a.series - b.series || a.timeUs - b.timeUs);
    const ids = arrayOf(rows.map(({ series }) => series));
    const times = arrayOf(rows.map(({ timeUs }) => timeUs));
    const values = arrayOf(rows.map(({ value }) => value));
    const left = await this.sql`
      WITH input AS MATERIALIZED (
        SELECT i.series, i.at_us, i.value
        FROM unnest(${ids}::int4[], ${times}::int8[], ${values}::int8[]) AS i (series, at_us, value)
      ), stored AS (
        INSERT INTO results (series, at_us, value)
        SELECT series, at_us, value FROM input WHERE EXISTS (SELECT 1 FROM series WHERE id = input.series)
        ON CONFLICT DO NOTHING RETURNING series, at_us, value
      ), logged AS (
        INSERT INTO log (heard_ms, series, at_us, value)
        SELECT ${nowMs}, array_agg(series), array_agg(at_us), array_agg(value) FROM stored HAVING count(*) > 0
      )
      SELECT series, at_us, NOT EXISTS (SELECT 1 FROM series WHERE id = input.series) AS gone
      FROM input LEFT JOIN stored USING (series, at_us) WHERE stored.series IS NULL`;
    return left.map(({ series, at_us, gone }) => ({
      series: Number(series),
      timeUs: Number(at_us),
      why: gone === true ? "gone" : "duplicate",
    }));
  }

  #settle(
    items: readonly Item[],
    left: readonly NotStored[],
    resultAt: (place: number) => NewResult,
    outcomes: AddOutcome[],
    nowMs: number,
  ): number[] {
    if (left.length === 0) return [];
    const why = new Map(left.map(({ series, timeUs, why }) => [`${series} ${timeUs}`, why]));
    const again: number[] = [];
    for (const { place, known, timeUs, stamped } of items) {
      const reason = why.get(`${known.id} ${timeUs}`);
      if (reason === undefined) continue;
      if (reason === "gone") {
        this.series.forget([resultAt(place)]);
        again.push(place);
      } else if (stamped && reason === "duplicate") {
        // Another recorder stamped one of the same series in the same microsecond: try the next ones, not all of them.
        known.stampUs = Math.max(known.stampUs, nowMs * 1000) + Math.floor(Math.random() * 50);
        again.push(place);
      } else outcomes[place] = reason;
    }
    return again;
  }

  #oldestMs(nowMs: number): number {
    const { rawMs, minuteMs, hourMs } = this.options.retention;
    return nowMs - Math.max(rawMs, minuteMs, hourMs);
  }
}

/** A result as its row. */
export interface ResultRow {
  readonly series: number;
  readonly timeUs: number;
  readonly value: number;
}

/** Why a result is not stored; `gone`: its series was deleted. */
export interface NotStored {
  readonly series: number;
  readonly timeUs: number;
  readonly why: "duplicate" | "too-old" | "gone";
}

function toRow({ known, timeUs, value }: Item): ResultRow {
  return { series: known.id, timeUs, value };
}

function validate(value: number, { latencyMs, atMs }: NewResult): void {
  if (!(value <= MAX_LATENCY_MS * 1000)) {
    throw new RangeError(`Cannot store a result: 'latencyMs' must be at most ${MAX_LATENCY_MS}: it is ${latencyMs}`);
  }
  if (atMs !== undefined && !(atMs < END_MS)) {
    throw new RangeError(`Cannot store a result: 'atMs' must be below ${END_MS}: it is ${atMs}`);
  }
}

/** The next microsecond that is no whole millisecond: those are for results with a time. */
function nextStamp(known: KnownSeries, nowUs: number): number {
  const next = Math.max(nowUs, known.stampUs) + 1;
  return known.stampUs = next % 1000 === 0 ? next + 1 : next;
}
