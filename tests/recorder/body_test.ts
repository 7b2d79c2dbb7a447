import assert from "node:assert/strict";
import { readJson } from "../../lib/recorder/body.ts";
import { FakeClock, settle } from "../fake_clock.ts";

/** A body that comes as the test sends it. */
function setUp(headers: HeadersInit = {}) {
  const clock = new FakeClock();
  let source: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      source = controller;
    },
  });
  const request = new Request("http://r/", { method: "POST", body, headers });
  const state: { problem?: { status: number; message: string }; value?: unknown } = {};
  readJson(request, clock).then((value) => state.value = value, (problem) => state.problem = problem);
  return {
    clock,
    state,
    send: (text: string) => source?.enqueue(new TextEncoder().encode(text)),
    end: () => source?.close(),
  };
}

Deno.test("readJson gives up a body that does not come on for 30 s", async () => {
  for (const headers of [[], [["content-length", "100"]]] satisfies HeadersInit[]) {
    const { clock, state, send } = setUp(headers);
    send('{"a":');
    await clock.advance(29_999);
    assert.deepEqual(state, {});
    await clock.advance(1);
    assert.equal(state.problem?.status, 408);
    assert.equal(state.problem?.message, "Cannot read the body: it came too slowly");
    assert.equal(clock.sleeping, 0);
  }
});

Deno.test("readJson lets a slow body finish that comes on, for at most 120 s", async () => {
  const good = setUp();
  good.send("[");
  for (let part = 0; part < 5; part++) {
    await good.clock.advance(20_000);
    good.send(" ");
  }
  good.send("]");
  good.end();
  await settle();
  assert.deepEqual(good.state.value, []);
  assert.equal(good.clock.sleeping, 0);

  const endless = setUp();
  for (let part = 0; part < 6; part++) {
    endless.send(" ");
    await endless.clock.advance(20_000);
  }
  assert.equal(endless.state.problem?.status, 408);
});
