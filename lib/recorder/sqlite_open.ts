import { DatabaseSync } from "node:sqlite";
import { type Clock, systemClock } from "../clock.ts";
import { DEFAULT_RETENTION, MEMORY_RETENTION, type Retention, validateRetention } from "./retention.ts";
import { SqliteHistory } from "./sqlite_history.ts";
import { importOldResults } from "./sqlite_import.ts";
import { migrate } from "./sqlite_schema.ts";
import { prepareTables } from "./sqlite_tables.ts";
import { SqliteWriter } from "./sqlite_writer.ts";

export interface SqliteOptions {
  /** A file, which needs permission to read and write, or `:memory:`, which needs none. Default `:memory:`. */
  readonly path?: string;
  /** How long history is kept. Default: `DEFAULT_RETENTION` for a file, `MEMORY_RETENTION` for memory. */
  readonly retention?: Retention;
  /** At most this many raw results are kept; the oldest go first. Default 1,000,000 in memory, no bound for a file. */
  readonly maxResults?: number;
  /** At most this many series can be registered. Default 100,000. */
  readonly maxSeries?: number;
  /** So many results gather before they are folded into blocks; 24 bytes of memory each. Default 200,000. */
  readonly maxTail?: number;
  readonly clock?: Clock;
}

/** What a store in SQLite is made of; for `openSqliteStore` and for a copy. Throws as `openSqliteStore`. */
export function openSqlite(options: SqliteOptions = {}): { readonly db: DatabaseSync; readonly writer: SqliteWriter } {
  const { path = ":memory:", clock = systemClock, maxSeries = 100_000, maxTail = 200_000 } = options;
  const inMemory = path === ":memory:";
  const { maxResults = inMemory ? 1_000_000 : Infinity } = options;
  const retention = validateRetention(options.retention ?? (inMemory ? MEMORY_RETENTION : DEFAULT_RETENTION));
  const db = new DatabaseSync(path);
  const writerOptions = { clock, retention, maxResults, maxSeries, maxTail, durable: !inMemory };
  try {
    // EXCLUSIVE: what is not folded yet is held in memory, so two processes would not see each other's results.
    // FULL: the log of each commit is on disk before the post is answered, also after a loss of power; WAL alone keeps
    // the file whole, but may lose the last commits. It costs one fsync for each commit, which many posts share.
    db.exec("PRAGMA busy_timeout = 1000; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL; PRAGMA cache_size = -16000");
    let writer: SqliteWriter | undefined;
    migrate(db, undefined, () => {
      const history = new SqliteHistory(prepareTables(db), retention);
      writer = new SqliteWriter(db, history, writerOptions);
      importOldResults(db, history, writer.tracks());
      writer.replayLog();
    });
    if (writer === undefined) throw new Error("Cannot open the database: its schema was not read");
    return { db, writer };
  } catch (error) {
    db.close();
    if (!isBusy(error)) throw error;
    throw new Error(`Cannot open the database: '${path}' must be free: another process uses it`, { cause: error });
  }
}

/** The text that SQLite has for SQLITE_BUSY: `DatabaseSync.exec` gives its errors no number. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && error.message === "database is locked";
}
