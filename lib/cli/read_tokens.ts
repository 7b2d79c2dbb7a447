import { UsageError } from "../config.ts";
import { parseTokens, type Tokens } from "../recorder/tokens.ts";
import type { CliIo } from "./io.ts";
import { readInput } from "./read_input.ts";

export interface TokenFiles {
  /** `--token-file` */
  readonly write?: string;
  /** `--read-token-file` */
  readonly read?: string;
}

/**
 * Reads the files of tokens.
 * @throws {UsageError} where one can't be read, or a line is wrong; never with a token in it
 */
export async function readTokenFiles(
  { write, read }: TokenFiles,
  io: CliIo,
): Promise<{ readonly writeTokens?: Tokens; readonly readTokens?: Tokens }> {
  if (write === "-" && read === "-") {
    throw new UsageError("options --token-file and --read-token-file must not both be '-': standard input is one file");
  }
  return {
    ...(write === undefined ? {} : { writeTokens: await readOne("--token-file", write, io) }),
    ...(read === undefined ? {} : { readTokens: await readOne("--read-token-file", read, io) }),
  };
}

async function readOne(option: string, path: string, io: CliIo): Promise<Tokens> {
  const text = await readInput(option, path, io);
  try {
    return parseTokens(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`Cannot use ${option} '${path}': ${error.message}`, { cause: error });
  }
}
