import { VALUE_OFFSET } from "./ping_value.ts";
import { Results } from "./results.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/**
 * A block holds raw results of one series: their number; whether any time has a part below the millisecond; the first
 * time in ms; then for each result how its distance to the one before differs from the distance before that (ms, a
 * steady pace gives one byte), the part below the millisecond where the block has any, and its value above
 * −VALUE_OFFSET. About 5 bytes for a ping that is steady.
 */
export function encodeBlock(results: Results, start = 0, end = results.length): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(16 + (end - start) * 6);
  writer.varint(end - start);
  let fine = 0;
  for (let i = start; i < end; i++) if (results.time(i) % 1000 !== 0) fine = 1;
  writer.varint(fine);
  let [previous, pace] = [0, 0];
  for (let i = start; i < end; i++) {
    const timeUs = results.time(i);
    const us = timeUs % 1000;
    const ms = (timeUs - us) / 1000;
    if (i === start) {
      writer.varint(ms);
    } else {
      writer.signed(ms - previous - pace);
      pace = ms - previous;
    }
    previous = ms;
    if (fine === 1) writer.varint(us);
    writer.varint(results.value(i) + VALUE_OFFSET);
  }
  return writer.take();
}

/** Appends what `encodeBlock` wrote to results that are all earlier. */
export function decodeBlock(bytes: Uint8Array, results: Results = new Results(0)): Results {
  const reader = new ByteReader(bytes);
  const end = results.length + reader.varint();
  const fine = reader.varint() === 1;
  results.reserve(end);
  const { times, values } = results;
  let [ms, pace] = [0, 0];
  for (let i = results.length; i < end; i++) {
    if (i === results.length) {
      ms = reader.varint();
    } else {
      pace += reader.signed();
      ms += pace;
    }
    times[i] = ms * 1000 + (fine ? reader.varint() : 0);
    values[i] = reader.varint() - VALUE_OFFSET;
  }
  results.length = end;
  return results;
}
