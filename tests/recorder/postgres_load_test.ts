import assert from "node:assert/strict";
import { postgresLoad } from "../bench/postgres_load.ts";

Deno.test("two recorders, one killed, PostgreSQL restarted: every result is stored and counted once", async () => {
  const options = { seconds: 12, clients: 60, rate: 3_000, batch: 250, fsync: false, faults: true };
  const { sent, stored, sumUs, expectedSumUs, counted, retries } = await postgresLoad(options);
  assert.ok(sent >= 30_000 && retries > 0, `${sent} sent, ${retries} tried again`);
  assert.deepEqual({ stored, sumUs, counted }, { stored: sent, sumUs: expectedSumUs, counted: sent });
});
