import { VALUE_OFFSET } from "./ping_value.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/**
 * The results of one commit as one row of the log: for each result the id of its series, how its time differs from the
 * one before (µs), and its value above −VALUE_OFFSET. About 10 bytes a result.
 */
export class LogWriter {
  readonly #bytes = new ByteWriter(65_536);
  #previousUs = 0;

  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  push(seriesId: number, timeUs: number, value: number): void {
    this.#bytes.varint(seriesId);
    this.#bytes.signed(timeUs - this.#previousUs);
    this.#bytes.varint(value + VALUE_OFFSET);
    this.#previousUs = timeUs;
  }

  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.view();
  }

  reset(): void {
    this.#bytes.reset();
    this.#previousUs = 0;
  }
}

export function readLogRow(data: Uint8Array, take: (seriesId: number, timeUs: number, value: number) => void): void {
  const reader = new ByteReader(data);
  let timeUs = 0;
  while (!reader.atEnd) {
    const seriesId = reader.varint();
    timeUs += reader.signed();
    take(seriesId, timeUs, reader.varint() - VALUE_OFFSET);
  }
}
