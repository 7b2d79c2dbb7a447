import type { PingResult } from "../result.ts";

const BLOCKS = "▁▂▃▄▅▆▇█";
/** A lost ping and a round that was not measured. */
export const LOST_MARK = "×";
export const FAILED_MARK = "·";

/**
 * The latest `width` results, one character each, oldest first. The lowest block is the fastest answer shown; the
 * highest is at least twice as slow and at least 1 ms slower, so that the noise of a quiet line stays low.
 */
export function sparkline(results: readonly PingResult[], width: number): string {
  const shown = width < 1 ? [] : results.slice(-width);
  const rtts = shown.flatMap((result) => result.outcome === "reply" ? [result.rttMs] : []);
  const low = Math.min(...rtts);
  const high = Math.max(...rtts, low * 2, low + 1);
  const block = (rttMs: number) =>
    BLOCKS[Math.min(BLOCKS.length - 1, Math.floor((rttMs - low) / (high - low) * BLOCKS.length))];
  return shown.map((result) =>
    result.outcome === "reply" ? block(result.rttMs) : result.outcome === "lost" ? LOST_MARK : FAILED_MARK
  ).join("");
}
