import { isFailed } from "./ping_value.ts";
import type { WindowSummary } from "./store.ts";
import type { ByteReader, ByteWriter } from "./varint.ts";

/**
 * Each bin of the histogram reaches 2 % further than the one before, so that a value read back from its bin's middle
 * is within 1 % of the real one. The scheme is that of DDSketch (Masson, Rim, Lee, VLDB 2019): bins depend on the value
 * alone, so histograms are merged by adding, and nothing is lost by it.
 */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);

/** The largest relative error of a percentile. */
export const RELATIVE_ERROR = (GROWTH - 1) / (GROWTH + 1);

/** Bin 0 is 0 µs; bin i > 0 holds values from above GROWTH^(i − 2) to GROWTH^(i − 1). */
function binOf(us: number): number {
  return us < 1 ? 0 : 1 + Math.ceil(Math.log(us) / LOG_GROWTH - 1e-9);
}

function middleOf(bin: number): number {
  return bin === 0 ? 0 : 2 * GROWTH ** (bin - 1) / (1 + GROWTH);
}

/** The index, from 0, of a quantile by nearest rank. */
export function rankOf(quantile: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.ceil(quantile * count - 1e-9) - 1));
}

/**
 * What the pings of a stretch of time came to, in a form that can be merged: counts, min, max and sum are exact, and a
 * histogram gives percentiles within 1 %. Latencies are in µs.
 */
export class Bucket {
  replies = 0;
  lost = 0;
  failed = 0;
  minUs = Infinity;
  maxUs = -Infinity;
  sumUs = 0;
  /** Counts of the bins from #lowBin on. */
  #counts = new Uint32Array(0);
  #lowBin = 0;

  get total(): number {
    return this.replies + this.lost + this.failed;
  }

  /** Takes a value as in ping_value.ts. */
  add(value: number): void {
    if (value < 0) {
      if (isFailed(value)) this.failed++;
      else this.lost++;
      return;
    }
    this.replies++;
    this.sumUs += value;
    if (value < this.minUs) this.minUs = value;
    if (value > this.maxUs) this.maxUs = value;
    this.#count(binOf(value), 1);
  }

  /** Empties it; the room of the histogram stays. */
  reset(): void {
    this.replies =
      this.lost =
      this.failed =
      this.sumUs =
        0;
    this.minUs = Infinity;
    this.maxUs = -Infinity;
    this.#counts.fill(0);
  }

  /** The latency below which a part of the replies lies, by nearest rank, in µs; null without replies. */
  quantileUs(quantile: number): number | null {
    if (this.replies === 0) return null;
    const rank = rankOf(quantile, this.replies);
    if (rank === 0) return this.minUs;
    if (rank === this.replies - 1) return this.maxUs;
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index] ?? 0;
      if (seen > rank) return Math.min(this.maxUs, Math.max(this.minUs, middleOf(this.#lowBin + index)));
    }
    return this.maxUs;
  }

  /** Counts; where there are replies, min, range and sum; then each bin in use: its distance to the one before × 2, + 1
   * where it holds more than one reply, whose number less 2 follows. */
  encode(writer: ByteWriter): void {
    writer.varint(this.replies);
    writer.varint(this.lost);
    writer.varint(this.failed);
    if (this.replies === 0) return;
    writer.varint(this.minUs);
    writer.varint(this.maxUs - this.minUs);
    writer.varint(this.sumUs);
    const counts = this.#counts;
    let previous = 0;
    for (let index = 0; index < counts.length; index++) {
      const count = counts[index] ?? 0;
      if (count === 0) continue;
      const bin = this.#lowBin + index;
      writer.varint((bin - previous) * 2 + (count > 1 ? 1 : 0));
      if (count > 1) writer.varint(count - 2);
      previous = bin;
    }
  }

  /** Adds what `encode` wrote. */
  addEncoded(reader: ByteReader): void {
    const replies = reader.varint();
    this.replies += replies;
    this.lost += reader.varint();
    this.failed += reader.varint();
    if (replies === 0) return;
    const minUs = reader.varint();
    const maxUs = minUs + reader.varint();
    if (minUs < this.minUs) this.minUs = minUs;
    if (maxUs > this.maxUs) this.maxUs = maxUs;
    this.sumUs += reader.varint();
    let bin = 0;
    for (let left = replies; left > 0;) {
      const coded = reader.varint();
      bin += Math.floor(coded / 2);
      const count = coded % 2 === 1 ? reader.varint() + 2 : 1;
      this.#count(bin, count);
      left -= count;
    }
  }

  #count(bin: number, count: number): void {
    const index = bin - this.#lowBin;
    if (index >= 0 && index < this.#counts.length) {
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
      return;
    }
    // Some room on both sides: latencies of one target lie close together.
    const empty = this.#counts.length === 0;
    const low = Math.max(0, empty ? bin - 8 : Math.min(this.#lowBin, bin - 16));
    const end = empty ? bin + 8 : Math.max(this.#lowBin + this.#counts.length, bin + 16);
    const counts = new Uint32Array(end - low);
    if (!empty) counts.set(this.#counts, this.#lowBin - low);
    this.#counts = counts;
    this.#lowBin = low;
    counts[bin - low] = (counts[bin - low] ?? 0) + count;
  }
}

/** A latency in µs as ms with 3 decimals. */
export function toMs(us: number | null): number | null {
  return us === null ? null : Math.round(us) / 1000;
}

export function toWindowSummary(bucket: Bucket): WindowSummary {
  const { replies, lost, failed } = bucket;
  return { replies, lost, failed, medianMs: toMs(bucket.quantileUs(0.5)), p95Ms: toMs(bucket.quantileUs(0.95)) };
}
