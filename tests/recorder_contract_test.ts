import assert from "node:assert/strict";
import { CAUSES, FAILED_CAUSES, LOST_CAUSES, recordPingPath, recordPingsPath } from "../lib/recorder_contract.ts";
import type { FailedCause, LostCause } from "../lib/result.ts";

Deno.test("recorder contract has exactly the causes of a PingResult", () => {
  // The type checker is the test: a cause that only one side knows does not fit.
  const lost: readonly LostCause[] = LOST_CAUSES;
  const failed: readonly FailedCause[] = FAILED_CAUSES;
  const all = (cause: LostCause | FailedCause): (typeof CAUSES)[number] => cause;
  assert.deepEqual([...lost, ...failed].map(all), [...CAUSES]);
});

Deno.test("recorder contract encodes what a path can't hold", () => {
  assert.equal(recordPingPath("Halle 7/ö"), "/record-ping/Halle%207%2F%C3%B6");
  assert.equal(recordPingsPath("a?b#c%"), "/record-pings/a%3Fb%23c%25");
});
