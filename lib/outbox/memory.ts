import { bytesOf, type Entry, type Outbox } from "../outbox.ts";
import type { PingResult } from "../result.ts";

export interface MemoryOutboxOptions {
  /** Most results it holds. Default 100,000. */
  readonly maxResults?: number;
  /** Most bytes it holds, as `bytesOf` counts them. Default 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * A bounded queue in memory: what it holds ends with the process.
 * @throws {RangeError} for a bound below 1
 */
export function createMemoryOutbox(options: MemoryOutboxOptions = {}): Outbox {
  const { maxResults = 100_000, maxBytes = 64 * 1024 * 1024 } = options;
  if (!(maxResults >= 1)) {
    throw new RangeError(`Cannot make an outbox: 'maxResults' must be at least 1: it is ${maxResults}`);
  }
  if (!(maxBytes >= 1)) throw new RangeError(`Cannot make an outbox: 'maxBytes' must be at least 1: it is ${maxBytes}`);
  return new MemoryOutbox(maxResults, maxBytes);
}

class MemoryOutbox implements Outbox {
  // The entry with seq s stands at index s - base: every look-up is one subtraction. Removed entries leave holes.
  #entries: (Entry | undefined)[] = [];
  #base = 1;
  #head = 0;
  #size = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(private readonly maxResults: number, private readonly maxBytes: number) {}

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get lastSeq(): number {
    return this.#base + this.#entries.length - 1;
  }

  push(result: PingResult): void {
    this.#entries.push({ seq: this.#base + this.#entries.length, result });
    this.#size++;
    this.#bytes += bytesOf(result);
    while (this.#size > this.maxResults || (this.#bytes > this.maxBytes && this.#size > 1)) {
      this.#take(this.#head);
      this.#dropped++;
    }
  }

  read(limit: number, { after = 0 }: { readonly after?: number } = {}): readonly Entry[] {
    const found: Entry[] = [];
    const from = Math.max(this.#head, after + 1 - this.#base);
    for (let index = from; index < this.#entries.length && found.length < limit; index++) {
      const entry = this.#entries[index];
      if (entry !== undefined) found.push(entry);
    }
    return found;
  }

  remove(seq: number): boolean {
    const index = seq - this.#base;
    if (index < this.#head || this.#entries[index] === undefined) return false;
    this.#take(index);
    return true;
  }

  close(): void {}

  #take(index: number): void {
    const entry = this.#entries[index];
    if (entry === undefined) return;
    this.#entries[index] = undefined;
    this.#size--;
    this.#bytes -= bytesOf(entry.result);
    while (this.#head < this.#entries.length && this.#entries[this.#head] === undefined) this.#head++;
    if (this.#head > 4096 && this.#head * 2 > this.#entries.length) this.#compact();
  }

  /** Lets go of the empty front once it is the larger half: cheap on average, and the array never grows for ever. */
  #compact(): void {
    this.#entries = this.#entries.slice(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }
}
