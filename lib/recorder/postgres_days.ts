import type { Query, Sql } from "./postgres_connect.ts";
import { lock } from "./postgres_schema.ts";

const DAY_MS = 86_400_000;
const DAY_US = DAY_MS * 1000;

/** The day, counted from 1970, in which a time lies. */
export function dayOf(timeUs: number): number {
  return Math.floor(timeUs / DAY_US);
}

export function dayStartMs(day: number): number {
  return day * DAY_MS;
}

/** What is dropped up to a moment, ms: results, and roll-ups of each level. */
export interface Floors {
  readonly raw: number;
  readonly "1m": number;
  readonly "1h": number;
}

/** Knows which days have a partition, and from when on history is kept. */
export class PostgresDays {
  readonly #sql: Sql;
  readonly #known = new Set<number>();
  #floors: Floors = { raw: -Infinity, "1m": -Infinity, "1h": -Infinity };

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** After a clock that was ahead has been set right, what it had dropped in the future must not be refused for ever. */
  floors(nowMs: number): Floors {
    const { raw, "1m": minute, "1h": hour } = this.#floors;
    return { raw: Math.min(raw, nowMs), "1m": Math.min(minute, nowMs), "1h": Math.min(hour, nowMs) };
  }

  /** Another recorder may have dropped days or moved the floors. */
  async refresh(sql: Query = this.#sql): Promise<void> {
    const floors = { raw: -Infinity, "1m": -Infinity, "1h": -Infinity };
    for (const row of await sql<{ name: string; ms: number }[]>`SELECT name, ms FROM floors`) {
      const { name, ms } = row;
      if (name === "raw" || name === "1m" || name === "1h") floors[name] = ms;
    }
    this.#floors = floors;
    this.#known.clear();
    for (const day of await listDays(sql)) this.#known.add(day);
  }

  /** Makes the partitions of days that have none, those below the floor left out. */
  async ensure(days: Iterable<number>, nowMs: number): Promise<void> {
    const missing = [...new Set(days)].filter((day) => !this.#known.has(day));
    if (missing.length === 0) return;
    await this.#sql.begin(async (tx) => {
      await lock(tx, "days");
      await this.refresh(tx);
      for (const day of missing.sort((a, b) => a - b)) {
        if (this.#known.has(day) || dayStartMs(day + 1) <= this.floors(nowMs).raw) continue;
        const table = tableOf(day);
        // Made first and attached then: that lets posts go on meanwhile.
        await tx.unsafe(
          `CREATE TABLE ${table} (LIKE results INCLUDING ALL);
           ALTER TABLE results ATTACH PARTITION ${table} FOR VALUES FROM (${day * DAY_US}) TO (${(day + 1) * DAY_US})`,
        ).simple();
      }
      await this.refresh(tx);
    });
  }
}

/** The days that have a partition, oldest first. */
export async function listDays(sql: Query): Promise<number[]> {
  const rows = await sql`SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'results'::regclass`;
  return rows.map(({ name }) => Number(String(name).replace(/^results_d/, ""))).sort((a, b) => a - b);
}

/** Its name tells the day as a number, since that is what is computed with. */
export function tableOf(day: number): string {
  return `results_d${day}`;
}
