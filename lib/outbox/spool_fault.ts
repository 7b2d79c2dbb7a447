/**
 * What is wrong with a spool. `locked`: another process has it. `corrupt`: not a spool, or no longer one. `full`: no
 * room. `unwritable`: it may be read at best. `absent`: there is no such folder.
 */
export type SpoolFault = "locked" | "corrupt" | "full" | "unwritable" | "absent";

/**
 * SQLite's own words (its error codes do not come through `exec`), which have stood unchanged for many years.
 * Source: sqlite3ErrStr in SQLite's main.c.
 */
const WORDS: readonly (readonly [string, SpoolFault])[] = [
  ["database is locked", "locked"],
  ["file is not a database", "corrupt"],
  ["malformed", "corrupt"],
  ["no such table", "corrupt"],
  ["no such column", "corrupt"],
  ["disk is full", "full"],
  ["disk I/O error", "unwritable"],
  ["readonly database", "unwritable"],
  ["unable to open database file", "absent"],
];

/** What an error of the database means for the spool; undefined where it is no fault of the file's. */
export function faultOf(error: unknown): SpoolFault | undefined {
  const message = error instanceof Error ? error.message : String(error);
  return WORDS.find(([words]) => message.includes(words))?.[1];
}

/** The spool can't be used at all, and a person must mend that. One line that names the file. */
export class SpoolError extends Error {
  override readonly name = "SpoolError";
}
