// deno-lint-ignore-file no-console -- what a benchmark prints is its purpose
// What metrics cost: CPU for each result (at most 3 µs), and for a scrape of 1,000 targets.
import process from "node:process";
import { systemClock } from "../../lib/clock.ts";
import { ClientMetrics } from "../../lib/metrics.ts";
import type { PingResult } from "../../lib/result.ts";

const RESULTS = 1_000_000;
const targets = Array.from({ length: 1000 }, (_, n) => ({
  host: `10.0.${n >> 8}.${n & 255}`,
  name: `target ${n}`,
  family: "any" as const,
}));
const metrics = new ClientMetrics({
  client: "client1",
  targets,
  intervalMs: 10_000,
  timeoutMs: 2000,
  version: "0",
  clock: systemClock,
});
const results = Array.from({ length: 10_000 }, (_, n): PingResult => {
  const { host, name } = targets[n % targets.length] ?? { host: "", name: "" };
  return n % 20 === 0
    ? { outcome: "lost", host, name, at: n, cause: "timeout" }
    : { outcome: "reply", host, name, at: n, rttMs: (n % 97) * 0.7 };
});

for (const what of ["result", "result and its lateness"]) {
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let n = 0; n < RESULTS; n++) {
      metrics.count(results[n % results.length] as PingResult);
      if (what !== "result") metrics.onLate(n % 7);
    }
    const after = process.cpuUsage();
    rounds.push((after.user + after.system - before.user - before.system) / RESULTS);
  }
  console.log(`${what}: ${rounds.map((us) => us.toFixed(2)).join(", ")} µs of CPU`);
}
const scrapes: number[] = [];
let bytes = 0;
for (let round = 0; round < 5; round++) {
  const before = process.cpuUsage();
  bytes = (await metrics.text()).length;
  const after = process.cpuUsage();
  scrapes.push((after.user + after.system - before.user - before.system) / 1000);
}
console.log(`scrape of 1,000 targets: ${scrapes.map((ms) => ms.toFixed(0)).join(", ")} ms of CPU, ${bytes} bytes`);
