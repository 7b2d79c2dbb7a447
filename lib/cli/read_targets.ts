import { UsageError } from "../config.ts";
import type { Family, Target } from "../target.ts";
import { parseTargetList, refuseDuplicates } from "../target_list.ts";
import { parseTargets } from "../target_range.ts";
import type { CliIo } from "./io.ts";
import { readInput } from "./read_input.ts";

/** Where targets are named on a command line. */
export interface TargetSources {
  /** Words: HOST, NAME=HOST, BLOCK or NAME=BLOCK. */
  readonly words: readonly string[];
  /** `--targets`: a file, or `-` for standard input. */
  readonly list?: string;
  readonly family: Family;
}

/**
 * Reads every target that a command line names.
 * @throws {UsageError} for a word or line that is no target, a duplicate, a list that can't be read or that is empty
 */
export async function readTargets({ words, list, family }: TargetSources, io: CliIo): Promise<readonly Target[]> {
  const listed = list === undefined ? undefined : await readInput("--targets", list, io);
  try {
    const fromWords = words.flatMap((word) => parseTargets(word, { family }));
    const fromList = listed === undefined ? [] : inFile(String(list), () => parseTargetList(listed, { family }));
    const targets = [...fromWords, ...fromList];
    if (targets.length === 0 && list !== undefined) {
      throw new RangeError(`Cannot use --targets '${list}': it names no target`);
    }
    refuseDuplicates(targets);
    return targets;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function inFile<T>(list: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new RangeError(`--targets '${list}', ${(error as Error).message}`, { cause: error });
  }
}
