import assert from "node:assert/strict";
import { Board, type Sort } from "../../lib/live/board.ts";
import type { Target } from "../../lib/target.ts";
import { failed, lost, reply } from "./results.ts";

const target = (host: string): Target => ({ host, family: "any" });

/** `c` is down, `a` slow, `b` fast, `d` unmeasured, `e` has no result yet. */
function board(): Board {
  const made = new Board(["b", "a", "c", "d", "e"].map(target));
  for (const result of [reply(9, "a"), reply(1, "b"), lost("c"), lost("c"), lost("c"), failed("d")]) made.add(result);
  return made;
}

const order = (by: Sort, reversed = false) => board().rows({ by, reversed }).map(({ label }) => label).join("");

Deno.test("Board puts problems first, and keeps the given order among equals", () => {
  assert.equal(order("state"), "cdbae");
  assert.equal(order("state", true), "ebadc");
});

Deno.test("Board sorts by name, last, median and loss, worst first, the unknown last", () => {
  assert.equal(order("name"), "abcde");
  assert.equal(order("last"), "cabde");
  assert.equal(order("median"), "abcde");
  assert.equal(order("loss"), "cbade");
});

Deno.test("Board counts the states, and sorts anew after a result", () => {
  const made = board();
  assert.deepEqual(made.counts(), { down: 1, failed: 1, losing: 0, up: 2, waiting: 1 });
  made.rows({ by: "last", reversed: false });
  made.add(reply(50, "b"));
  assert.deepEqual(made.rows({ by: "last", reversed: false }).map(({ label }) => label).slice(0, 3), ["c", "b", "a"]);
});

Deno.test("Board ignores a result of a host that it does not have", () => {
  const made = board();
  made.add(reply(1, "nobody"));
  assert.equal(made.rows({ by: "name", reversed: false }).length, 5);
});

Deno.test("Board takes another list of targets: those that stay keep their figures, a new name begins anew", () => {
  const made = board();
  made.update([target("c"), target("new"), { host: "a", name: "x", family: "any" }]);
  assert.deepEqual(made.rows({ by: "state", reversed: false }).map(({ label, results }) => [label, results.length]), [
    ["c", 3],
    ["new", 0],
    ["x (a)", 0],
  ]);
  assert.equal(made.size, 3);
});
