import { ByteReader } from "./varint.ts";
import { bucketsOf, type Level } from "./rollup.ts";
import { LOST_VALUE, LOWEST_LOST_VALUE } from "./ping_value.ts";
import type { Scanner } from "./scanner.ts";

/** A stretch of a roll-up: its buckets as they are stored, and the number of the first one since 1970. */
export interface RollupStretch {
  readonly first: number;
  readonly data: Uint8Array;
}

/**
 * Feeds what is left of the results that a roll-up counts: one reply stands for a bucket that has any, and otherwise its
 * lost and failed ones are spread over it. So an outage is found as precisely as the roll-up is wide. Only buckets that
 * lie wholly in [startMs, endMs) count.
 */
export function feedStretch(
  scanner: Scanner,
  level: Level,
  { first, data }: RollupStretch,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): void {
  for (const { index, bytes } of bucketsOf(data)) {
    const atMs = (first + index) * level.widthMs;
    if (atMs < startMs || atMs + level.widthMs > endMs) continue;
    const reader = new ByteReader(bytes);
    const [replies, lost, failed] = [reader.varint(), reader.varint(), reader.varint()];
    if (replies > 0) {
      scanner.feed(atMs, 1);
      continue;
    }
    for (let i = 0; i < lost + failed; i++) {
      const value = i < lost ? LOST_VALUE : LOWEST_LOST_VALUE - 1;
      scanner.feed(atMs + Math.floor((level.widthMs * i) / (lost + failed)), value);
    }
  }
}
