import { UsageError } from "../config.ts";
import { openPostgresStore } from "../recorder/postgres.ts";
import type { PostgresAddress } from "../recorder/postgres_connect.ts";
import { createPostgresFeed } from "../recorder/postgres_live.ts";
import { parsePostgresUrl, type PostgresUrl, shownPostgresUrl, toAddress } from "../recorder/postgres_url.ts";
import type { CliIo } from "./io.ts";
import type { OpenStore, StoreOptions } from "./open_store.ts";
import { readFile, readInput } from "./read_input.ts";

export interface AddressOptions {
  readonly url: string;
  /** The option that the address stands behind: `--db`, `--to`. */
  readonly option?: string;
  readonly passwordFile?: string;
  readonly stdinTaken?: boolean;
  readonly io: CliIo;
}

/**
 * Reads where a PostgreSQL is, its password and its certificate authority.
 * @throws {UsageError} in one line, never with a password in it
 */
export async function readPostgresAddress(options: AddressOptions): Promise<PostgresAddress> {
  const { url, option = "--db", passwordFile, stdinTaken = false, io } = options;
  const parsed = parse(url, option);
  if (passwordFile === "-" && stdinTaken) {
    throw new UsageError("option --db-password-file must be a file where another is '-': there is one standard input");
  }
  if (passwordFile !== undefined && parsed.password !== "") {
    throw new UsageError(`option ${option} must hold no password where --db-password-file is given: it holds one`);
  }
  const { sslrootcert } = parsed;
  const caCert = sslrootcert === undefined ? undefined : await readFile("sslrootcert", sslrootcert);
  const address = toAddress(parsed, caCert);
  if (passwordFile === undefined) return address;
  const [password = ""] = (await readInput("--db-password-file", passwordFile, io)).split(/\r?\n/);
  if (password === "") {
    throw new UsageError(`Cannot use --db-password-file '${passwordFile}': its first line must be the password`);
  }
  return { ...address, password };
}

/**
 * Opens a history in PostgreSQL. Where that is away, it is opened once it is back.
 * @throws {UsageError} in one line, where the address is wrong or PostgreSQL refuses
 */
export async function openPostgres(options: StoreOptions & { readonly url: string }): Promise<OpenStore> {
  const { retention, clock, log } = options;
  const address = await readPostgresAddress(options);
  const place = shownPostgresUrl(address);
  try {
    const store = await openPostgresStore({ address, retention, clock, log });
    const live = createPostgresFeed({ address, clock, log });
    return {
      store,
      live,
      place,
      async close() {
        await live.close();
        await store.close();
      },
    };
  } catch (error) {
    throw new UsageError(`Cannot open --db '${place}': ${reasonOf(error)}`, { cause: error });
  }
}

function parse(url: string, option: string): PostgresUrl {
  try {
    return parsePostgresUrl(url);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The address itself is not shown: it may hold a password.
    throw new UsageError(`option ${option}: ${error.message}`, { cause: error });
  }
}

export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Cannot open the database: /, "");
}
