import type { Sql, Transaction } from "./postgres_connect.ts";

/** First halves of the numbers of all advisory locks: "ping" in ASCII. The second says what is locked. */
const LOCK_CLASS = 0x70696e67;
export const LOCKS = { migrate: 1, days: 2, fold: 3, copy: 4 } as const;

/**
 * Each entry brings the schema from version index to index + 1. Never change one that was released: add another.
 *
 * Times are in microseconds although `at` has milliseconds: a result with `at` lies on a whole millisecond, one that
 * was stamped on arrival on one of the 999 microseconds after it. So the two kinds never meet, and only the first kind
 * can be a duplicate.
 *
 * `results` has a partition a UTC day; the key that tells duplicates is also the index of every read. What is older
 * than the oldest partition goes to `late_results`. Every result that is stored stands also in `log`, one row a batch,
 * until it has been counted in the roll-ups, whose blocks are those of rollup.ts.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE series (
     id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client text COLLATE "C" NOT NULL, ip text COLLATE "C" NOT NULL,
     name text, pinned bool NOT NULL DEFAULT false, created_ms int8 NOT NULL, UNIQUE (client, ip)
   );
   CREATE INDEX series_by_ip ON series (ip);
   CREATE TABLE results (
     at_us int8 NOT NULL, value int8 NOT NULL, series int4 NOT NULL, PRIMARY KEY (series, at_us)
   ) PARTITION BY RANGE (at_us);
   CREATE TABLE late_results (
     at_us int8 NOT NULL, value int8 NOT NULL, heard_ms int8 NOT NULL, series int4 NOT NULL, PRIMARY KEY (series, at_us)
   );
   CREATE INDEX late_results_by_arrival ON late_results USING brin (heard_ms);
   CREATE TABLE log (
     id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, heard_ms int8 NOT NULL, series int4[] NOT NULL,
     at_us int8[] NOT NULL, value int8[] NOT NULL
   );
   CREATE TABLE rollups_1m (series int4 NOT NULL, block int4 NOT NULL, data bytea NOT NULL, PRIMARY KEY (series, block))
     WITH (fillfactor = 70);
   CREATE TABLE rollups_1h (series int4 NOT NULL, block int4 NOT NULL, data bytea NOT NULL, PRIMARY KEY (series, block))
     WITH (fillfactor = 70);
   ALTER TABLE rollups_1m ALTER data SET STORAGE EXTERNAL;
   ALTER TABLE rollups_1h ALTER data SET STORAGE EXTERNAL;
   CREATE INDEX rollups_1m_by_time ON rollups_1m USING brin (block) WITH (pages_per_range = 32);
   CREATE INDEX rollups_1h_by_time ON rollups_1h USING brin (block) WITH (pages_per_range = 32);
   CREATE TABLE trackers (
     series int4 PRIMARY KEY, data text NOT NULL, stale bool NOT NULL, heard_ms int8 NOT NULL, rescanned_ms int8 NOT NULL
   ) WITH (fillfactor = 70);
   CREATE TABLE floors (name text PRIMARY KEY, ms int8 NOT NULL);`,
];

/**
 * Brings the database to the newest schema, in one transaction, under a lock, so that recorders may start together.
 * @throws {RangeError} when a newer version of the program made the schema
 */
export async function migrate(sql: Sql, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  await sql.begin(async (tx) => {
    await lock(tx, "migrate");
    await tx`CREATE TABLE IF NOT EXISTS ping_client_schema (version int4 NOT NULL)`;
    const [row] = await tx`SELECT version FROM ping_client_schema`;
    const version = Number(row?.version ?? 0);
    if (version > migrations.length) {
      throw new RangeError(
        `Cannot open the database: its schema version must be at most ${migrations.length}: it is ${version}`,
      );
    }
    for (const migration of migrations.slice(version)) await tx.unsafe(migration).simple();
    if (row === undefined) await tx`INSERT INTO ping_client_schema VALUES (${migrations.length})`;
    else if (version < migrations.length) await tx`UPDATE ping_client_schema SET version = ${migrations.length}`;
  });
}

/** Waits until this transaction alone may do something; until its end. */
export async function lock(tx: Transaction, name: keyof typeof LOCKS): Promise<void> {
  await tx`SELECT pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCKS[name]})`;
}

/** @returns false where another transaction holds the lock */
export async function tryLock(tx: Transaction, name: keyof typeof LOCKS): Promise<boolean> {
  const [row] = await tx`SELECT pg_try_advisory_xact_lock(${LOCK_CLASS}, ${LOCKS[name]}) AS taken`;
  return row?.taken === true;
}
