import assert from "node:assert/strict";
import { setUpLog } from "../lib/log.ts";

function record(options: { format?: "text" | "json"; level?: "debug" | "info" | "warning" | "error" }) {
  const lines: string[] = [];
  return { lines, log: setUpLog({ ...options, write: (line) => lines.push(line) }) };
}

Deno.test("log text is a line with UTC time, level and message", () => {
  const { lines, log } = record({});
  log.info("sent {target} {latency} ms", { target: "gate (192.0.2.1)", latency: 0.5 });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info {4}sent gate \(192\.0\.2\.1\) 0\.5 ms\n$/);
});

Deno.test("log text keeps a name from forging lines or steering the terminal", () => {
  const { lines, log } = record({});
  log.warn("lost {target}", { target: "a\nb\u001b[2J\u009b" });
  assert.equal(lines[0]?.endsWith("lost a\\x0ab\\x1b[2J\\x9b\n"), true, lines[0]);
});

Deno.test("log json is one object a line with the fields beside the message", () => {
  const { lines, log } = record({ format: "json" });
  log.warn("lost {target}", { target: "x\ny", cause: "timeout" });
  const line = JSON.parse(lines[0] ?? "");
  assert.equal(lines[0]?.indexOf("\n"), (lines[0]?.length ?? 0) - 1);
  assert.equal(line.level, "WARN");
  assert.equal(line.target, "x\ny");
  assert.equal(line.cause, "timeout");
  assert.ok(!Number.isNaN(Date.parse(line["@timestamp"])));
});

Deno.test("log leaves out what is below its level", () => {
  const { lines, log } = record({ level: "warning" });
  log.info("quiet");
  log.warn("loud");
  log.error("louder");
  assert.equal(lines.length, 2);
});

Deno.test("log text has colours by level where they are asked for, and a value cannot end them", () => {
  const lines: string[] = [];
  const log = setUpLog({ color: true, level: "debug", write: (line) => lines.push(line.slice(24)) });
  log.info("plain");
  log.warn("lost {target}", { target: "a\x1b[0mb" });
  log.error("broken");
  assert.deepEqual(lines, [
    "info    plain\n",
    "\x1b[33mwarning lost a\\x1b[0mb\x1b[0m\n",
    "\x1b[31;1merror   broken\x1b[0m\n",
  ]);
});
