import { Bucket } from "./bucket.ts";
import type { Results } from "./results.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/** One width of roll-up. A block of it holds `perBlock` buckets. */
export interface Level {
  readonly name: "1m" | "1h";
  readonly widthMs: number;
  readonly perBlock: number;
}

/** The widths that are kept, finest first. */
export const LEVELS: readonly [Level, Level] = [
  { name: "1m", widthMs: 60_000, perBlock: 60 },
  { name: "1h", widthMs: 3_600_000, perBlock: 24 },
];

/** How much time one block of a level holds, ms. */
export function blockMs({ widthMs, perBlock }: Level): number {
  return widthMs * perBlock;
}

/** A block is a run of: index of the bucket in the block, its length in bytes, its bytes. Indexes rise. */
export function* bucketsOf(block: Uint8Array): Generator<{ readonly index: number; readonly bytes: Uint8Array }> {
  const reader = new ByteReader(block);
  while (!reader.atEnd) {
    const index = reader.varint();
    yield { index, bytes: reader.bytes(reader.varint()) };
  }
}

const SCRATCH = new Bucket();
const BUCKET_BYTES = new ByteWriter();
const BLOCK_BYTES = new ByteWriter(16_384);

/**
 * Adds results to a block of roll-ups.
 * @param block as it is stored; undefined where there is none yet
 * @param results those from index `start` to before `end` lie in the block and are not yet counted in it
 * @param blockIndex number of the block since 1970
 */
export function addToBlock(
  level: Level,
  block: Uint8Array | undefined,
  blockIndex: number,
  results: Results,
  start: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  const widthUs = level.widthMs * 1000;
  const first = blockIndex * level.perBlock;
  const indexOf = (i: number) => Math.floor(results.time(i) / widthUs) - first;
  const old = block === undefined ? [] : [...bucketsOf(block)];
  BLOCK_BYTES.reset();
  let [i, next] = [start, 0];
  while (i < end || next < old.length) {
    const index = Math.min(old[next]?.index ?? Infinity, i < end ? indexOf(i) : Infinity);
    const stored = old[next]?.index === index ? old[next++]?.bytes : undefined;
    BLOCK_BYTES.varint(index);
    if (stored !== undefined && (i >= end || indexOf(i) !== index)) {
      BLOCK_BYTES.varint(stored.length);
      BLOCK_BYTES.append(stored);
      continue;
    }
    SCRATCH.reset();
    if (stored !== undefined) SCRATCH.addEncoded(new ByteReader(stored));
    for (; i < end && indexOf(i) === index; i++) SCRATCH.add(results.value(i));
    BUCKET_BYTES.reset();
    SCRATCH.encode(BUCKET_BYTES);
    BLOCK_BYTES.varint(BUCKET_BYTES.length);
    BLOCK_BYTES.append(BUCKET_BYTES.view());
  }
  return BLOCK_BYTES.take();
}

/** How many results a bucket of a block counts. */
export function totalIn(block: Uint8Array | undefined, index: number): number {
  if (block === undefined) return 0;
  for (const bucket of bucketsOf(block)) {
    if (bucket.index !== index) continue;
    const reader = new ByteReader(bucket.bytes);
    return reader.varint() + reader.varint() + reader.varint();
  }
  return 0;
}
