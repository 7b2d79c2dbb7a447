import { copyAndCompare } from "../bench/postgres_copy.ts";

Deno.test("recorder copy, killed twice, ends with the same counts, sums and charts", async () => {
  await copyAndCompare(21_000, 6, 2);
});
