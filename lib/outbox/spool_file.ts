import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Entry } from "../outbox.ts";
import type { PingResult } from "../result.ts";
import { faultOf } from "./spool_fault.ts";
import { outcomeOf, toCode } from "./spool_row.ts";

/** "ping" in ASCII: tells a spool from any other SQLite file. */
const APPLICATION_ID = 0x70696e67;
const SCHEMA_VERSION = 1;
const MAGIC = new TextEncoder().encode("SQLite format 3\0");

const SCHEMA = `
  CREATE TABLE target (id INTEGER PRIMARY KEY, host TEXT NOT NULL, name TEXT, UNIQUE (host, name));
  CREATE TABLE waiting (seq INTEGER PRIMARY KEY, target INTEGER NOT NULL, at INTEGER NOT NULL, code INTEGER NOT NULL);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};`;

/** A target as results carry it. */
interface Who {
  readonly host: string;
  readonly name?: string;
}

/** A spool file that is open, and locked for as long as it is. Methods throw what SQLite throws: see `faultOf`. */
export class SpoolFile {
  readonly #db: DatabaseSync;
  readonly #inode: number | null;
  readonly #ids = new Map<string, number>();
  readonly #targets = new Map<number, Who>();
  readonly #statements = new Map<string, StatementSync>();

  /** Opens or makes the file. */
  constructor(readonly path: string) {
    this.#db = new DatabaseSync(path);
    try {
      // EXCLUSIVE is the lock against a second process: the system lets go of it however this one ends. FULL: what was
      // flushed survives a loss of power; there are at most two flushes a second, and none while the recorder keeps up.
      this.#db.exec(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
      );
      this.#db.exec("BEGIN IMMEDIATE; COMMIT");
      this.#checkSchema();
      this.#inode = Deno.statSync(path).ino;
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** How many results wait, and the newest seq that the file knows. */
  get extent(): { readonly count: number; readonly lastSeq: number } {
    const row = this.#prepare("SELECT count(*) AS count, max(seq) AS last FROM waiting").get();
    return { count: Number(row?.count), lastSeq: Number(row?.last ?? 0) };
  }

  /** Adds and removes in one transaction: all of it is on disk when this returns, or none. */
  write(added: Iterable<Entry>, removed: Iterable<number>): void {
    this.#inTransaction(() => {
      const insert = this.#prepare("INSERT INTO waiting (seq, target, at, code) VALUES (?, ?, ?, ?)");
      for (const { seq, result } of added) insert.run(seq, this.#targetId(result), result.at, toCode(result));
      const remove = this.#prepare("DELETE FROM waiting WHERE seq = ?");
      for (const seq of removed) remove.run(seq);
    });
  }

  /** Forgets the `count` oldest; returns how many there were to forget. */
  dropOldest(count: number): number {
    const drop = this.#prepare("DELETE FROM waiting WHERE seq IN (SELECT seq FROM waiting ORDER BY seq LIMIT ?)");
    return Number(drop.run(count).changes);
  }

  has(seq: number): boolean {
    return this.#prepare("SELECT 1 FROM waiting WHERE seq = ?").get(seq) !== undefined;
  }

  /** Entries above `after`, oldest first. */
  read(after: number, limit: number): Entry[] {
    const rows = this.#prepare("SELECT seq, target, at, code FROM waiting WHERE seq > ? ORDER BY seq LIMIT ?").all(
      after,
      limit,
    );
    return rows.map(({ seq, target, at, code }) => {
      const result = { ...this.#who(Number(target)), at: Number(at), ...outcomeOf(Number(code)) } as PingResult;
      return { seq: Number(seq), result };
    });
  }

  /** Gives room that is no longer needed back to the file system. */
  shrink(): void {
    // One page a step: `exec` would take only the first.
    this.#prepare("PRAGMA incremental_vacuum").all();
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** `gone`: somebody removed or replaced the file; `corrupt`: it no longer begins like a database. */
  look(): "well" | "gone" | "corrupt" {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "gone";
      throw error;
    }
    try {
      const head = new Uint8Array(MAGIC.length);
      if (file.statSync().ino !== this.#inode) return "gone";
      return file.readSync(head) === MAGIC.length && head.every((byte, n) => byte === MAGIC[n]) ? "well" : "corrupt";
    } finally {
      file.close();
    }
  }

  /** Writes everything that this open file still holds to its path anew, after the path had been removed. */
  restore(): void {
    Deno.removeSync(`${this.path}-wal`);
    this.#db.exec(`VACUUM INTO '${this.path.replaceAll("'", "''")}'`);
  }

  close(): void {
    this.#db.close();
  }

  #checkSchema(): void {
    const read = (pragma: string) => Number(Object.values(this.#prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    const version = read("user_version");
    const tables = Number(this.#prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
    if (tables === 0 && version === 0) {
      this.#inTransaction(() => this.#db.exec(SCHEMA));
      return;
    }
    // A later version adds its migrations here; for now there is nothing older than the first.
    if (read("application_id") !== APPLICATION_ID || version !== SCHEMA_VERSION) {
      throw new Error("file is not a database of this kind and version");
    }
    // Finds a file that was cut or overwritten, as far as its list of tables and the newest page go, at little cost.
    this.extent;
  }

  /** Targets are few and rows are many: each target's texts are read once. */
  #who(id: number): Who {
    const known = this.#targets.get(id);
    if (known !== undefined) return known;
    const row = this.#prepare("SELECT host, name FROM target WHERE id = ?").get(id);
    if (row === undefined) throw new Error("file is not a database: a row names no target (malformed)");
    const who = { host: String(row.host), ...(row.name === null ? {} : { name: String(row.name) }) };
    this.#targets.set(id, who);
    return who;
  }

  #targetId({ host, name }: PingResult): number {
    const key = `${host}\n${name ?? ""}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#prepare(
      "INSERT INTO target (host, name) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM target WHERE host = ?1 AND name IS ?2)",
    ).run(host, name ?? null);
    const id = Number(
      this.#prepare("SELECT id FROM target WHERE host = ? AND name IS ?").get(host, name ?? null)?.id,
    );
    this.#ids.set(key, id);
    return id;
  }

  /** Each statement is made once: one for each call would cost more than the call, in time and in memory. */
  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #inTransaction(body: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      body();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#ids.clear();
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#db.exec("ROLLBACK");
    } catch {
      // SQLite rolls back by itself when the disk is full or the file is damaged.
    }
  }
}

/**
 * Moves a file that can't be used out of the way, its log too, so that nothing of it is lost for a person to look at.
 * @returns the new name
 */
export function setAside(path: string, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[:.]/g, "-");
  let aside = `${path}.set-aside-${stamp}`;
  for (let n = 2; exists(aside); n++) aside = `${path}.set-aside-${stamp}-${n}`;
  Deno.renameSync(path, aside);
  for (const suffix of ["-wal", "-shm", "-journal"]) {
    if (exists(path + suffix)) Deno.renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Opens a spool; one that can't be read as one is set aside and a new one made. `onAside` gets the other name. */
export function openOrSetAside(path: string, now: number, onAside: (aside: string) => void): SpoolFile {
  try {
    return new SpoolFile(path);
  } catch (error) {
    if (faultOf(error) !== "corrupt") throw error;
    onAside(setAside(path, now));
    return new SpoolFile(path);
  }
}
