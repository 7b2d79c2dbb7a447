import { type Query, textArrayOf } from "./postgres_connect.ts";
import { lock } from "./postgres_schema.ts";
import type { Sql } from "./postgres_connect.ts";
import type { RegisterOutcome, Series, SeriesFilter, SeriesKey } from "./store.ts";

/** What a post needs to know of a series. */
export interface KnownSeries {
  readonly id: number;
  name: string | undefined;
  pinned: boolean;
  /** The newest time that was stamped on arrival here, µs. */
  stampUs: number;
}

type Row = Record<string, unknown>;

/** The list of series in the database, and what this recorder remembers of it for posts. */
export class PostgresSeries {
  readonly #sql: Sql;
  readonly #maxSeries: number;
  readonly #known = new Map<string, KnownSeries>();

  constructor(sql: Sql, maxSeries: number) {
    this.#sql = sql;
    this.#maxSeries = maxSeries;
  }

  async list({ client = null, ip = null, search = null }: { [K in keyof SeriesFilter]: string | null } = {}) {
    const part = search?.toLowerCase() ?? null;
    const rows = await this.#sql`SELECT id, client, ip, name, created_ms FROM series
      WHERE (${client}::text IS NULL OR client = ${client}) AND (${ip}::text IS NULL OR ip = ${ip})
        AND (${part}::text IS NULL OR strpos(lower(ip), ${part}) > 0 OR strpos(lower(client), ${part}) > 0
             OR strpos(lower(name), ${part}) > 0)
      ORDER BY id`;
    return rows.map(toSeries);
  }

  /** All series of the ips that a filter leaves. */
  async listSameIps(filter: SeriesFilter): Promise<{ asked: ReadonlySet<number>; all: readonly Series[] }> {
    const asked = await this.list(filter);
    const ips = textArrayOf(new Set(asked.map(({ ip }) => ip)));
    const rows = await this.#sql`SELECT id, client, ip, name, created_ms FROM series
      WHERE ip = ANY (${ips}::text[]) ORDER BY id`;
    return { asked: new Set(asked.map(({ id }) => id)), all: rows.map(toSeries) };
  }

  async get(id: number): Promise<Series | undefined> {
    // An id that PostgreSQL could not hold is none.
    if (!(id <= 2_147_483_647)) return undefined;
    const [row] = await this.#sql`SELECT id, client, ip, name, created_ms FROM series WHERE id = ${id}`;
    return row && toSeries(row);
  }

  async register({ client, ip, name = null }: { [K in keyof SeriesKey]: string | null }, nowMs: number) {
    const existed = await this.#sql`SELECT 1 FROM series WHERE client = ${client} AND ip = ${ip}`;
    if (existed.length === 0 && await this.#isFull()) return "full" satisfies RegisterOutcome;
    const rows = existed.length > 0 ? [] : await this.#sql`INSERT INTO series (client, ip, name, created_ms)
      VALUES (${client}, ${ip}, ${name}, ${nowMs}) ON CONFLICT DO NOTHING RETURNING id`;
    if (rows.length > 0) return "created" satisfies RegisterOutcome;
    if (name !== null) {
      await this.#sql`UPDATE series SET name = ${name}
        WHERE client = ${client} AND ip = ${ip} AND NOT pinned AND name IS DISTINCT FROM ${name}`;
      this.#known.delete(keyOf(client ?? "", ip ?? ""));
    }
    return "existed" satisfies RegisterOutcome;
  }

  /** Gives series the names that came with their results, unless a person has set those. */
  async takeNames(names: ReadonlyMap<KnownSeries, string>): Promise<void> {
    for (const [known, name] of names) {
      const [row] = await this.#sql`UPDATE series SET name = CASE WHEN pinned THEN name ELSE ${name} END
        WHERE id = ${known.id} RETURNING name, pinned`;
      if (row === undefined) continue;
      known.name = row.name ?? undefined;
      known.pinned = row.pinned;
    }
  }

  async rename(id: number, name: string | null): Promise<Series | undefined> {
    const [row] = await this.#sql`UPDATE series SET name = ${name}, pinned = true WHERE id = ${id}
      RETURNING id, client, ip, name, created_ms`;
    if (row === undefined) return undefined;
    this.#known.delete(keyOf(row.client, row.ip));
    return toSeries(row);
  }

  async remove(id: number): Promise<boolean> {
    return await this.#sql.begin(async (tx) => {
      // Not while its results are being counted: they would come back.
      await lock(tx, "fold");
      const rows = await tx`DELETE FROM series WHERE id = ${id} RETURNING client, ip`;
      for (const table of ["results", "late_results", "rollups_1m", "rollups_1h", "trackers"]) {
        await tx`DELETE FROM ${tx.unsafe(table)} WHERE series = ${id}`;
      }
      for (const { client, ip } of rows) this.#known.delete(keyOf(client, ip));
      return rows.length > 0;
    });
  }

  /** What is known of each of these keys; asks the database for those that are new here. */
  async resolve(keys: Iterable<SeriesKey>): Promise<ReadonlyMap<string, KnownSeries>> {
    const found = new Map<string, KnownSeries>();
    const missing = new Map<string, SeriesKey>();
    for (const key of keys) {
      const text = keyOf(key.client, key.ip);
      const known = this.#known.get(text);
      if (known === undefined) missing.set(text, key);
      else found.set(text, known);
    }
    if (missing.size === 0) return found;
    const wanted = [...missing.values()];
    const rows = await this.#sql`SELECT s.id, s.client, s.ip, s.name, s.pinned
      FROM unnest(${textArrayOf(wanted.map((k) => k.client))}::text[], ${textArrayOf(wanted.map((k) => k.ip))}::text[])
        AS wanted (client, ip) JOIN series s USING (client, ip)`;
    for (const { id, client, ip, name, pinned } of rows) {
      const key = keyOf(client, ip);
      const known = { id, name: name ?? undefined, pinned, stampUs: 0 };
      this.#known.set(key, known);
      found.set(key, known);
    }
    return found;
  }

  forget(keys: Iterable<SeriesKey>): void {
    for (const { client, ip } of keys) this.#known.delete(keyOf(client, ip));
  }

  get knownCount(): number {
    return this.#known.size;
  }

  /** Counting all is dear, so it is done only where many are known. */
  async #isFull(): Promise<boolean> {
    if (this.#known.size < this.#maxSeries / 2 && this.#maxSeries >= 1000) return false;
    const [row] = await this.#sql`SELECT count(*) AS n FROM series`;
    return Number(row?.n) >= this.#maxSeries;
  }
}

/** A text that no other pair has. */
export function keyOf(client: string, ip: string): string {
  return `${client.length} ${client}${ip}`;
}

export function toSeries({ id, client, ip, name, created_ms }: Row): Series {
  const series = { id: Number(id), ip: String(ip), client: String(client), createdAtMs: Number(created_ms) };
  return name === null ? series : { ...series, name: String(name) };
}

/** The ids among these whose series are still there. */
export async function existing(sql: Query, ids: string): Promise<ReadonlySet<number>> {
  const rows = await sql`SELECT id FROM series WHERE id = ANY (${ids}::int4[])`;
  return new Set(rows.map(({ id }) => Number(id)));
}
