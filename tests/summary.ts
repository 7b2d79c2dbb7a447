/** The figures of a test run. */
export interface RunSummary {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/**
 * Reads the last summary line that `deno test` printed, such as `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`.
 * All zero where there is none: then nothing ran.
 */
export function parseSummary(text: string): RunSummary {
  // deno-lint-ignore no-control-regex -- the colours of a terminal are control characters
  const plain = text.replace(/\u001b\[[0-9;]*m/g, "");
  const last = plain.split("\n").findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line)) ?? "";
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(last)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}
