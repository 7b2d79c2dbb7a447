import type { Clock } from "../clock.ts";

/** A reader that takes nothing for this long is cut off, in ms. */
export const READ_STALL_MS = 30_000;

/** Pieces are gathered to about this many characters, since each chunk costs a way through the server. */
const CHUNK = 65_536;

export interface TextStreamOptions {
  readonly clock: Clock;
  readonly headers: HeadersInit;
  /** Default 30 s. */
  readonly stallMs?: number;
}

/**
 * Answers with a text that comes piece by piece, and only as fast as it is read, so that a long history need not fit
 * into memory. `pieces` is ended also where the reader goes away, or takes nothing for `stallMs`.
 */
export function textStream(
  pieces: AsyncGenerator<string>,
  { clock, headers, stallMs = READ_STALL_MS }: TextStreamOptions,
): Response {
  const encoder = new TextEncoder();
  let taken = new AbortController();

  async function cutOffUnlessTaken(controller: ReadableStreamDefaultController): Promise<void> {
    const { signal } = taken = new AbortController();
    await clock.sleep(stallMs, signal);
    if (signal.aborted) return;
    controller.error(new Error("the reader takes nothing"));
    await pieces.return(undefined);
  }

  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      taken.abort();
      let text = "";
      while (text.length < CHUNK) {
        const { value, done } = await pieces.next();
        if (done) {
          if (text !== "") controller.enqueue(encoder.encode(text));
          controller.close();
          return;
        }
        text += value;
      }
      controller.enqueue(encoder.encode(text));
      void cutOffUnlessTaken(controller);
    },
    async cancel() {
      taken.abort();
      await pieces.return(undefined);
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers });
}
