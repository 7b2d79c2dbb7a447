import type { Clock } from "../clock.ts";
import { UsageError } from "../config.ts";
import type { Log } from "../log.ts";
import { DEFAULT_RETENTION, MEMORY_RETENTION, parseRetention, type Retention } from "../recorder/retention.ts";
import type { LiveFeed } from "../recorder/live.ts";
import { isPostgresUrl } from "../recorder/postgres_url.ts";
import { openSqliteStore } from "../recorder/sqlite.ts";
import type { Store } from "../recorder/store.ts";
import type { CliIo } from "./io.ts";
import { openPostgres } from "./open_postgres.ts";
import { refuseWithout } from "./read_input.ts";

export interface StoreOptions {
  /** `--db FILE` or `--db postgres://…`; without it memory. */
  readonly db?: string;
  /** `--db-password-file FILE|-`, only for PostgreSQL. */
  readonly passwordFile?: string;
  /** Another option reads standard input. */
  readonly stdinTaken?: boolean;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Log;
  readonly io: CliIo;
}

/** An open history. */
export interface OpenStore {
  readonly store: Store;
  /** Reaches the pages of other recorders too; undefined: those of this process. */
  readonly live?: LiveFeed;
  /** Where it is, for people: without a password. */
  readonly place: string;
  close(): Promise<void>;
}

/**
 * Reads `--retention`.
 * @throws {UsageError} saying which part is wrong
 */
export function readRetention(text: string | undefined, db: string | undefined): Retention {
  if (text === undefined) return db === undefined ? MEMORY_RETENTION : DEFAULT_RETENTION;
  try {
    return parseRetention(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`option --retention: ${error.message}`, { cause: error });
  }
}

/**
 * Opens the recorder's history.
 * @throws {UsageError} in one line, where the file can't be used
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { db, passwordFile, retention, clock } = options;
  if (db !== undefined && isPostgresUrl(db)) return await openPostgres({ ...options, url: db });
  if (passwordFile !== undefined) {
    throw new UsageError("option --db-password-file goes with --db postgres://…: a file or memory has no password");
  }
  if (db === undefined) return opened(openSqliteStore({ path: ":memory:", retention, clock }), "memory");
  await refuseWithout(["read", "write"], { option: "--db", path: db, verb: "open" });
  try {
    return opened(openSqliteStore({ path: db, retention, clock }), db);
  } catch (error) {
    throw new UsageError(`Cannot open --db '${db}': ${whyNotOpen(error)}`, { cause: error });
  }
}

function opened(store: Store, place: string): OpenStore {
  return { store, place, close: () => store.close() };
}

/** What SQLite says, and what it means. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/unable to open/i, "the file, or its folder, is not there or may not be written by this user"],
  [/not a database/i, "it is a file of something else"],
  [/malformed|corrupt/i, "it is damaged"],
  [/locked|busy/i, "another program uses it"],
  [/readonly|read-only/i, "it may not be written by this user"],
  [/disk is full|disk i\/o/i, "the disk is full or broken"],
  [/no such (table|column)|already exists/i, "it is a database of another program"],
];

export function whyNotOpen(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, reason] = REASONS.find(([pattern]) => pattern.test(message)) ?? [];
  return reason ?? message.replace(/^Cannot open the database: /, "");
}
