import assert from "node:assert/strict";
import { ask, type AskOptions } from "../lib/http.ts";
import { FakeClock, settle } from "./fake_clock.ts";

function options(fetch: AskOptions["fetch"], more: Partial<AskOptions> = {}): AskOptions {
  return {
    fetch,
    clock: new FakeClock(),
    timeoutMs: 10_000,
    maxBytes: 1000,
    signal: new AbortController().signal,
    ...more,
  };
}

Deno.test("ask gives status, headers and text", async () => {
  const answer = await ask(
    "http://h/",
    {},
    options(() => Promise.resolve(new Response("grüß", { status: 418, headers: { a: "b" } }))),
  );
  assert.deepEqual([answer.status, answer.headers.get("a"), answer.text, answer.complete], [418, "b", "grüß", true]);
});

Deno.test("ask stops reading a body that is too long", async () => {
  let chunks = 0;
  const endless = new ReadableStream({
    pull(controller) {
      chunks++;
      if (chunks > 1000) controller.error(new Error("read on and on"));
      else controller.enqueue(new Uint8Array(100).fill(97));
    },
  });
  const answer = await ask("http://h/", {}, options(() => Promise.resolve(new Response(endless))));
  assert.deepEqual([answer.complete, answer.text.length], [false, 1000]);
  assert.ok(chunks < 20, `${chunks} chunks`);
});

Deno.test("ask ends a request that takes too long, with a reason for people", async () => {
  const clock = new FakeClock();
  const never: AskOptions["fetch"] = (_, { signal }) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  const asking = ask("http://h/", {}, options(never, { clock }));
  const failed = assert.rejects(asking, { message: "no answer within 10 s" });
  await settle();
  await clock.advance(10_000);
  await failed;
});

Deno.test("ask makes a network error short", async () => {
  const inner = new Error("tcp connect error: Connection refused (os error 111)");
  const refused = () => Promise.reject(new TypeError("error sending request for url (http://h/)", { cause: inner }));
  await assert.rejects(ask("http://h/", {}, options(refused)), { message: "connection refused" });
});
