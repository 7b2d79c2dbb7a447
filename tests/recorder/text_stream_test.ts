import assert from "node:assert/strict";
import { textStream } from "../../lib/recorder/text_stream.ts";
import { FakeClock, settle } from "../fake_clock.ts";

function setUp(piece: string, pieces: number) {
  const clock = new FakeClock();
  const state = { made: 0, ended: false };
  async function* make() {
    try {
      while (state.made < pieces) {
        state.made++;
        yield await Promise.resolve(piece);
      }
    } finally {
      state.ended = true;
    }
  }
  const response = textStream(make(), { clock, headers: { "content-type": "text/x" } });
  return { clock, state, response };
}

Deno.test("textStream sends every piece, few small ones in one chunk", async () => {
  const { clock, response, state } = setUp("ä\n", 100_000);
  assert.equal(response.headers.get("content-type"), "text/x");
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  assert.equal(await new Blob(chunks as BlobPart[]).text(), "ä\n".repeat(100_000));
  assert.ok(chunks.length < 10, String(chunks.length));
  assert.ok(state.ended);
  await settle();
  assert.equal(clock.sleeping, 0);
});

Deno.test("textStream makes no more than is read", async () => {
  const { clock, response, state } = setUp("x".repeat(65_536), 1000);
  await settle();
  assert.equal(state.made, 0);
  const reader = response.body?.getReader();
  await reader?.read();
  await settle();
  assert.equal(state.made, 1);
  await reader?.cancel();
  assert.ok(state.ended);
  await settle();
  assert.equal(clock.sleeping, 0);
});

Deno.test("textStream cuts off a reader that takes nothing for 30 s, and only such a one", async () => {
  const { clock, response, state } = setUp("x".repeat(65_536), 1000);
  const reader = response.body?.getReader();
  for (let read = 0; read < 5; read++) {
    assert.equal((await reader?.read())?.done, false);
    await clock.advance(29_999);
  }
  assert.ok(!state.ended);
  await clock.advance(1);
  await assert.rejects(async () => await reader?.read(), { message: "the reader takes nothing" });
  assert.ok(state.ended, "the source is closed, too");
});
