/** Answers with a JSON array whose text comes piece by piece, so that a long history need not fit into memory. */
export function jsonArrayResponse(pieces: AsyncGenerator<string>): Response {
  const encoder = new TextEncoder();
  let open = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      const text = (open ? "" : "[") + (done ? "]" : value);
      open = true;
      controller.enqueue(encoder.encode(text));
      if (done) controller.close();
    },
    async cancel() {
      await pieces.return(undefined);
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-type": "application/json" } });
}
