import assert from "node:assert/strict";
import { setUpLog } from "../../lib/log.ts";
import { FakeClock } from "../fake_clock.ts";

function record(format: "text" | "json" = "text") {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = setUpLog({ format, clock, write: (line) => lines.push(line) });
  // Without the time.
  const said = () => lines.map((line) => line.slice(24).trimEnd());
  return { clock, log, lines, said };
}

Deno.test("log says a repeated message once, and how often it came before the next other one", () => {
  const { log, said } = record();
  for (let n = 0; n < 13; n++) log.warn("lost {target}", { target: "gate" });
  assert.deepEqual(said(), ["warning lost gate"]);
  log.info("other");
  assert.deepEqual(said(), ["warning lost gate", "warning lost gate (repeated 12 times)", "info    other"]);
});

Deno.test("log says how often a message came after 10 s at the latest", async () => {
  const { clock, log, said } = record();
  log.warn("lost");
  await clock.advance(4000);
  log.warn("lost");
  await clock.advance(5999);
  assert.equal(said().length, 1);
  await clock.advance(1);
  assert.deepEqual(said(), ["warning lost", "warning lost (repeated once)"]);
  log.warn("lost");
  assert.deepEqual(said().length, 3, "and then says it anew");
  assert.equal(clock.sleeping, 0);
});

Deno.test("log keeps messages apart whose level or values differ", () => {
  const { log, said } = record();
  log.warn("lost {target}", { target: "a" });
  log.warn("lost {target}", { target: "b" });
  log.info("lost {target}", { target: "b" });
  log.warn("lost {target}", { target: { deep: 1 } });
  log.warn("lost {target}", { target: { deep: 2 } });
  assert.equal(said().length, 5);
});

Deno.test("log never holds back an error", () => {
  const { log, said } = record();
  for (let n = 0; n < 3; n++) log.error("broken");
  assert.deepEqual(said(), Array(3).fill("error   broken"));
});

Deno.test("log says what is still open when it is closed, and leaves no timer", () => {
  const { clock, log, said } = record();
  log.warn("lost");
  log.warn("lost");
  log.close();
  assert.deepEqual(said(), ["warning lost", "warning lost (repeated once)"]);
  assert.equal(clock.sleeping, 0);
  log.close();
  assert.equal(said().length, 2);
});

Deno.test("log json gives the count a field of its own", () => {
  const { log, lines } = record("json");
  for (let n = 0; n < 3; n++) log.warn("lost {target}", { target: "gate" });
  log.close();
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([first.repeated, second.repeated, second.target], [undefined, 2, "gate"]);
});

Deno.test("log without a clock says every message", () => {
  const lines: string[] = [];
  const log = setUpLog({ write: (line) => lines.push(line) });
  log.warn("lost");
  log.warn("lost");
  assert.equal(lines.length, 2);
});
