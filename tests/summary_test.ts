import assert from "node:assert/strict";
import { parseSummary } from "./summary.ts";

Deno.test("parseSummary reads a green run with colours, steps and ignored tests", () => {
  const text =
    "running 2 tests\n\n\u001b[0m\u001b[32mok\u001b[0m | 12 passed (3 steps) | 0 failed | 1 ignored \u001b[0m(2s)\n";
  assert.deepEqual(parseSummary(text), { passed: 12, failed: 0, ignored: 1 });
});

Deno.test("parseSummary reads a red run and takes the last line where a test printed another", () => {
  const text = "ok | 99 passed | 0 failed (1s)\nFAILED | 3 passed | 2 failed (1s)\n\nerror: Test failed\n";
  assert.deepEqual(parseSummary(text), { passed: 3, failed: 2, ignored: 0 });
});

Deno.test("parseSummary gives zeros where nothing ran", () => {
  assert.deepEqual(parseSummary("error: No test modules found"), { passed: 0, failed: 0, ignored: 0 });
});
