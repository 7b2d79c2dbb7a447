import type { DatabaseSync } from "node:sqlite";
import { type Cause, CAUSES, LOST_CAUSES } from "../recorder_contract.ts";

/**
 * Each entry brings the schema from version index to index + 1. Never change one that was released: add another.
 *
 * `at_us` is in microseconds although `at` has milliseconds: a result with `at` lies on a whole millisecond, one that
 * was stamped on arrival on one of the 999 microseconds after it. So the two kinds never meet, and only the first kind
 * can be a duplicate. `value` is the RTT in µs, or below zero the cause (see `toValue`).
 */
const MIGRATIONS = [
  `CREATE TABLE series (
     id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, ip TEXT NOT NULL, name TEXT,
     created_ms INTEGER NOT NULL, UNIQUE (client, ip)
   ) STRICT;
   CREATE TABLE results (
     series INTEGER NOT NULL, at_us INTEGER NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (series, at_us)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX results_by_time ON results (at_us);`,
] as const;

/**
 * Brings the database to the newest schema, in one transaction, so that a crash leaves the old one.
 * @throws {RangeError} when a newer version of the program made the database
 */
export function migrate(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
    if (version > migrations.length) {
      throw new RangeError(
        `Cannot open the database: its schema version must be at most ${migrations.length}: it is ${version}`,
      );
    }
    for (const migration of migrations.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/** −1 is a lost ping without a cause; the causes follow downwards in the order of `CAUSES`, which may only grow. */
const LOST_VALUE = -1;

/** Values from here to −1 are lost pings; below it, pings that were not measured. */
export const LOWEST_LOST_VALUE = LOST_VALUE - LOST_CAUSES.length;

/** What the column `value` holds: the RTT in whole µs, or a number below zero for the cause. */
export function toValue(latencyMs: number | null, cause?: Cause): number {
  if (latencyMs !== null) return Math.round(latencyMs * 1000) + 0; // + 0 turns −0 into 0
  return cause === undefined ? LOST_VALUE : LOST_VALUE - 1 - CAUSES.indexOf(cause);
}

/** The reverse of `toValue`. */
export function fromValue(value: number): { latencyMs: number | null; cause?: Cause } {
  if (value >= 0) return { latencyMs: value / 1000 };
  const cause = CAUSES[LOST_VALUE - 1 - value];
  return cause === undefined ? { latencyMs: null } : { latencyMs: null, cause };
}
