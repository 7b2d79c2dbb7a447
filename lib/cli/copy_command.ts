import { UsageError } from "../config.ts";
import { copyHistory, type CopySource } from "../recorder/copy.ts";
import { toStoreError } from "../recorder/postgres_connect.ts";
import { openPostgresCopy } from "../recorder/postgres_copy.ts";
import { isPostgresUrl, shownPostgresUrl } from "../recorder/postgres_url.ts";
import { openSqliteSource } from "../recorder/sqlite_copy.ts";
import { type CliIo, EXIT } from "./io.ts";
import { readPostgresAddress, reasonOf } from "./open_postgres.ts";
import { whyNotOpen } from "./open_store.ts";
import { refuseWithout } from "./read_input.ts";

/** The bar is this many characters wide. */
const WIDTH = 30;

/** `ping-client recorder copy`: from SQLite to PostgreSQL. */
export async function copyCommand(options: Readonly<Record<string, unknown>>, io: CliIo): Promise<number> {
  const [from, to] = [String(options.from), String(options.to)];
  if (!isPostgresUrl(to)) throw new UsageError("option --to must be an address like postgres://user@host/database");
  const passwordFile = options.dbPasswordFile === undefined ? {} : { passwordFile: String(options.dbPasswordFile) };
  const address = await readPostgresAddress({ url: to, option: "--to", io, ...passwordFile });
  const source = await openSource(from);
  try {
    const target = await openPostgresCopy(address);
    try {
      const progress = progressTo(io);
      const complete = await copyHistory(source, target, { signal: io.stop, onProgress: progress.show });
      progress.end();
      io.err(complete ? "all is copied\n" : "broken off: run the same command again and it goes on from here\n");
      return EXIT.ok;
    } finally {
      await target.close();
    }
  } catch (error) {
    const stored = toStoreError(error);
    const hint = "run the same command again and it goes on from where it was";
    throw new UsageError(`Cannot copy to '${shownPostgresUrl(address)}': ${reasonOf(stored)}; ${hint}`, {
      cause: error,
    });
  } finally {
    await source.close();
  }
}

async function openSource(path: string): Promise<CopySource> {
  await refuseWithout(["read", "write"], { option: "--from", path, verb: "open" });
  try {
    // Otherwise SQLite would make an empty one.
    await Deno.stat(path);
    return openSqliteSource(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : whyNotOpen(error);
    throw new UsageError(`Cannot open --from '${path}': ${reason}`, { cause: error });
  }
}

/** A bar that moves on a terminal; elsewhere a line each tenth of the way. */
function progressTo({ err, terminal }: CliIo): { show(done: number, total: number): void; end(): void } {
  let last = "";
  return {
    show(done, total) {
      const part = total === 0 ? 1 : Math.min(1, done / total);
      const tenth = Math.floor(part * 10) * 10;
      const text = terminal?.err === true
        ? `\r[${"#".repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, ".")}] ${
          Math.floor(part * 100)
        } % of ${total} results`
        : `${tenth} % of ${total} results are copied\n`;
      if (text !== last) err(text);
      last = text;
    },
    end() {
      if (terminal?.err === true) err("\n");
    },
  };
}
