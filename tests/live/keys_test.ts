import assert from "node:assert/strict";
import fc from "fast-check";
import { clampTop, KeyReader, nextOrder, nextTop } from "../../lib/live/keys.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const names = (reader: KeyReader, text: string) =>
  reader.read(bytes(text)).map((command) =>
    command.do === "quit" ? "quit" : command.do === "sort" ? command.by : command.to
  );

Deno.test("KeyReader knows letters, Ctrl-C and the arrows of several terminals", () => {
  const reader = new KeyReader();
  assert.deepEqual(names(reader, "qsnlmo\x03"), ["quit", "state", "name", "last", "median", "loss", "quit"]);
  assert.deepEqual(names(reader, "jk\x1b[A\x1bOB\x1b[5~\x1b[6~"), ["down", "up", "up", "down", "pageUp", "pageDown"]);
  assert.deepEqual(names(reader, "\x1b[H\x1b[1~gG\x1b[F\x1bOF"), ["home", "home", "home", "end", "end", "end"]);
});

Deno.test("KeyReader puts a sequence together that comes in pieces", () => {
  const reader = new KeyReader();
  assert.deepEqual(names(reader, "\x1b"), []);
  assert.deepEqual(names(reader, "["), []);
  assert.deepEqual(names(reader, "5"), []);
  assert.deepEqual(names(reader, "~q"), ["pageUp", "quit"]);
});

Deno.test("KeyReader passes over keys that mean nothing, sequences and Alt keys included", () => {
  const reader = new KeyReader();
  assert.deepEqual(names(reader, "xé東\x1b[1;5C\x1b[15~\x1bqj"), ["down"]);
});

Deno.test("KeyReader hears q after any rubbish", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (rubbish) => {
    const reader = new KeyReader();
    reader.read(rubbish);
    // The first ones may still belong to a sequence that the rubbish began.
    const heard = Array.from({ length: 40 }, () => reader.read(bytes("q"))).flat();
    assert.ok(heard.some((command) => command.do === "quit"));
  }));
});

Deno.test("nextOrder turns round when the same key comes again", () => {
  const byLoss = nextOrder({ by: "state", reversed: false }, "loss");
  assert.deepEqual(byLoss, { by: "loss", reversed: false });
  assert.deepEqual(nextOrder(byLoss, "loss"), { by: "loss", reversed: true });
  assert.deepEqual(nextOrder({ by: "loss", reversed: true }, "name"), { by: "name", reversed: false });
});

Deno.test("nextTop scrolls by rows and pages, and stops at both ends", () => {
  const extent = { rows: 10, total: 25 };
  assert.equal(nextTop(0, "up", extent), 0);
  assert.equal(nextTop(0, "down", extent), 1);
  assert.equal(nextTop(0, "pageDown", extent), 9);
  assert.equal(nextTop(9, "pageDown", extent), 15);
  assert.equal(nextTop(15, "pageUp", extent), 6);
  assert.equal(nextTop(3, "end", extent), 15);
  assert.equal(nextTop(15, "home", extent), 0);
  assert.equal(clampTop(15, { rows: 30, total: 25 }), 0);
});
