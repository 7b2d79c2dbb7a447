import { UsageError } from "../config.ts";
import type { CliIo } from "./io.ts";
import { readInput } from "./read_input.ts";

/** Gives the token of the moment. */
export type Token = () => Promise<string>;

/**
 * Reads the token for the recorder: the first line of a file, or of standard input for `-`. A file is read again each
 * time it is asked for, so that a person can put a right token there while results wait.
 * @throws {UsageError} where there is none at the start; what is wrong is said, never what is in the file
 */
export async function readToken(path: string | undefined, io: CliIo): Promise<Token | undefined> {
  if (path === undefined) return undefined;
  let last = tokenIn(await readInput("--token-file", path, io), path);
  if (path === "-") return () => Promise.resolve(last);
  return async () => {
    try {
      last = tokenIn(await Deno.readTextFile(path), path);
    } catch {
      // Gone or being rewritten: the last one holds until there is another.
    }
    return last;
  };
}

function tokenIn(text: string, path: string): string {
  const token = (text.split(/\r?\n/)[0] ?? "").trim();
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token;
  throw new UsageError(
    `Cannot use --token-file '${path}': its first line must be a token of 1 to 4096 printable characters without spaces`,
  );
}
