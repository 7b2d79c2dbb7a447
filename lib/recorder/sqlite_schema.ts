import type { DatabaseSync } from "node:sqlite";

/** One step of the schema; a function where SQL alone cannot do it. */
export type Migration = string | ((db: DatabaseSync) => void);

/**
 * Each entry brings the schema from version index to index + 1. Never change one that was released: add another.
 *
 * Times are in microseconds although `at` has milliseconds: a result with `at` lies on a whole millisecond, one that
 * was stamped on arrival on one of the 999 microseconds after it. So the two kinds never meet, and only the first kind
 * can be a duplicate.
 */
const MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE series (
     id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, ip TEXT NOT NULL, name TEXT,
     created_ms INTEGER NOT NULL, UNIQUE (client, ip)
   ) STRICT;
   CREATE TABLE results (
     series INTEGER NOT NULL, at_us INTEGER NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (series, at_us)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX results_by_time ON results (at_us);`,
  // New results are appended to the log, in the order of arrival, which is fast; now and then they are folded into
  // blocks, one series and hour each, which are small and quick to read. Keys are explained in sqlite_tables.ts. The old
  // results stay in their table until the store has folded them (see sqlite_import.ts).
  `ALTER TABLE series ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE log (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
   CREATE TABLE blocks (
     key INTEGER PRIMARY KEY, n INTEGER NOT NULL, last_us INTEGER NOT NULL, written_hour INTEGER NOT NULL,
     data BLOB NOT NULL
   ) STRICT;
   CREATE TABLE rollups_1m (key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
   CREATE TABLE rollups_1h (key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
   CREATE TABLE trackers (series INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT;
   CREATE TABLE floors (name TEXT PRIMARY KEY, ms INTEGER NOT NULL) STRICT;`,
];

/**
 * Brings the database to the newest schema, in one transaction, so that a crash leaves the old one.
 * @param finish is run in the same transaction, after the last step
 * @throws {RangeError} when a newer version of the program, or another program, made the database
 */
export function migrate(
  db: DatabaseSync,
  migrations: readonly Migration[] = MIGRATIONS,
  finish: () => void = () => {},
): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
    if (version > migrations.length) {
      throw new RangeError(
        `Cannot open the database: its schema version must be at most ${migrations.length}: it is ${version}`,
      );
    }
    if (version === 0 && db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined) {
      throw new RangeError("Cannot open the database: it is a database of another program");
    }
    for (const migration of migrations.slice(version)) {
      if (typeof migration === "string") db.exec(migration);
      else migration(db);
    }
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    finish();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
