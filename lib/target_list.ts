import type { Family, Target } from "./target.ts";
import { parseTargets } from "./target_range.ts";

/**
 * Reads a list file: one `HOST`, `NAME=HOST` or block a line; `#` begins a comment; empty lines are passed over.
 * @throws {RangeError} with the line's number
 */
export function parseTargetList(text: string, { family = "any" }: { family?: Family } = {}): Target[] {
  const targets: Target[] = [];
  for (const [index, line] of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).entries()) {
    const wanted = line.replace(/(^|\s)#.*$/, "").trim();
    if (wanted === "") continue;
    try {
      for (const target of parseTargets(wanted, { family })) targets.push(target);
    } catch (error) {
      throw new RangeError(`line ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  }
  return targets;
}

/**
 * Makes sure that no host is there twice: the recorder could not tell them apart.
 * @throws {RangeError} naming the host
 */
export function refuseDuplicates(targets: readonly Target[]): void {
  const seen = new Set<string>();
  for (const { host } of targets) {
    const key = host.toLowerCase();
    if (seen.has(key)) throw new RangeError(`Cannot ping '${host}' twice: each host must be given once`);
    seen.add(key);
  }
}
