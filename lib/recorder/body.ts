import type { Clock } from "../clock.ts";
import { MAX_BODY_BYTES } from "../recorder_contract.ts";
import { Problem } from "./problem.ts";

/** A body that does not come on for this long, or not whole where its length is known, is given up, in ms. */
export const BODY_STALL_MS = 30_000;

/** A body that is not whole after this long is given up, in ms: one byte now and then would hold a place for ever. */
export const BODY_TOTAL_MS = 120_000;

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a body of at most 1 MiB as JSON, whatever its content type says: curl's default names a form.
 * @throws {Problem} 413 when it is larger, also where it came without a length; 408 when it comes too slowly; 400 when
 * it is no JSON in UTF-8
 */
export async function readJson(request: Request, clock: Clock): Promise<unknown> {
  const bytes = await readBytes(request, clock);
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new Problem(400, "Cannot read the body: it must be JSON in UTF-8");
  }
}

async function readBytes(request: Request, clock: Clock): Promise<Uint8Array> {
  const length = request.headers.get("content-length");
  if (length === null || Number(length) > MAX_BODY_BYTES) return await readChunks(request, clock);
  return await readWhole(request, clock);
}

/** Where the length is known: several times faster than chunk by chunk. */
async function readWhole(request: Request, clock: Clock): Promise<Uint8Array> {
  const ended = new AbortController();
  const bytes = request.bytes().catch(() => {
    throw new Problem(400, "Cannot read the body: it ended too early");
  });
  const late = clock.sleep(BODY_STALL_MS, ended.signal).then(() => undefined);
  try {
    return await Promise.race([bytes, late]) ?? tooSlow();
  } finally {
    ended.abort();
    bytes.catch(() => {}); // Where it was too slow, it ends with its connection.
  }
}

function tooSlow(): never {
  throw new Problem(408, "Cannot read the body: it came too slowly", { connection: "close" });
}

async function readChunks(request: Request, clock: Clock): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const watch = watchReader(reader, clock);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read().catch(() => {
        throw new Problem(400, "Cannot read the body: it ended too early");
      });
      if (watch.tooSlow) tooSlow();
      if (done) break;
      watch.bytesCame();
      size += value.length;
      if (size > MAX_BODY_BYTES) {
        // Deno's server reads the rest away by itself, so the sender still gets to see the answer.
        await reader.cancel().catch(() => {});
        throw new Problem(413, `Cannot take the body: it must be at most ${MAX_BODY_BYTES} bytes`);
      }
      chunks.push(value);
    }
  } finally {
    watch.end();
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : join(chunks, size);
}

interface Watch {
  readonly tooSlow: boolean;
  bytesCame(): void;
  end(): void;
}

/** Cancels the reader, which ends its pending read, when the bytes stall or take too long altogether. */
function watchReader(reader: ReadableStreamDefaultReader<Uint8Array>, clock: Clock): Watch {
  const ended = new AbortController();
  const begun = clock.monotonic();
  let last = begun;
  let tooSlow = false;
  async function run(): Promise<void> {
    for (;;) {
      const now = clock.monotonic();
      const leftMs = Math.min(last + BODY_STALL_MS, begun + BODY_TOTAL_MS) - now;
      if (leftMs <= 0) break;
      await clock.sleep(leftMs, ended.signal);
      if (ended.signal.aborted) return;
    }
    tooSlow = true;
    await reader.cancel().catch(() => {});
  }
  void run();
  return {
    get tooSlow() {
      return tooSlow;
    },
    bytesCame: () => last = clock.monotonic(),
    end: () => ended.abort(),
  };
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
