/** Writes whole numbers in as few bytes as they need: 7 bits a byte, low bits first, as protocol buffers do. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** @param value whole, from 0 to 2^53 − 1 */
  varint(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    const bytes = this.#bytes;
    let rest = value;
    // Bit operations hold 32 bits only.
    while (rest > 0x7fffffff) {
      bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.#length++] = rest;
  }

  /** A whole number that may be below zero; small ones of either sign are short. Magnitude below 2^52. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Forgets what was written; the room stays. */
  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written; good until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(by: number): void {
    const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by));
    bigger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bigger;
  }
}

/** Reads what a `ByteWriter` wrote. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.position = position;
  }

  get atEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  /** @throws {RangeError} when the bytes end in the middle of a number */
  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.position++] ?? tooShort();
    if (byte < 128) return byte;
    let value = byte & 127;
    let scale = 128;
    do {
      byte = bytes[this.position++] ?? tooShort();
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value;
  }

  signed(): number {
    const coded = this.varint();
    return coded % 2 === 1 ? -(coded + 1) / 2 : coded / 2;
  }

  /** The next bytes, not copied. */
  bytes(length: number): Uint8Array {
    if (this.position + length > this.#bytes.length) tooShort();
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }
}

function tooShort(): never {
  throw new RangeError("Cannot read a block: it must hold whole numbers: it ends in the middle of one");
}
