import assert from "node:assert/strict";
import { sparkline } from "../../lib/live/sparkline.ts";
import type { PingResult } from "../../lib/result.ts";
import { failed, lost, reply } from "./results.ts";

const line = (results: PingResult[], width = 10) => sparkline(results, width);

Deno.test("sparkline draws from the fastest to at least twice as slow", () => {
  assert.equal(line([reply(10), reply(20), reply(15)]), "▁█▅");
  assert.equal(line([reply(10), reply(40), reply(10)]), "▁█▁");
});

Deno.test("sparkline keeps the noise of a quiet line low", () => {
  assert.equal(line([reply(0.03), reply(0.06), reply(0.04)]), "▁▁▁");
  assert.equal(line([reply(100), reply(101)]), "▁▁");
});

Deno.test("sparkline marks what was lost and what was not measured", () => {
  assert.equal(line([reply(1), lost(), failed(), reply(1)]), "▁×·▁");
  assert.equal(line([lost(), lost()]), "××");
});

Deno.test("sparkline shows the latest results and nothing in no room", () => {
  assert.equal(line([lost(), lost(), reply(1)], 2), "×▁");
  assert.equal(line([reply(1)], 0), "");
  assert.equal(line([]), "");
});
