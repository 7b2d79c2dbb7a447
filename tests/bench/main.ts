// Runs every benchmark, one after the other, each in a process of its own: `deno task bench [NAME…]`.
import { print } from "./fping_common.ts";

const BENCHES = [
  "fping_cpu",
  "fping_accounting",
  "ping_cpu",
  "metrics_cpu",
  "whole_client",
  "delivery",
  "store_bench",
  "recorder_http",
];

const wanted = Deno.args.length === 0 ? BENCHES : Deno.args;
const unknown = wanted.find((name) => !BENCHES.includes(name));
if (unknown !== undefined) {
  print(`no benchmark '${unknown}': there are ${BENCHES.join(", ")}`);
  Deno.exit(2);
}
let failed = 0;
for (const name of wanted) {
  print(`== ${name}`);
  const script = new URL(`${name}.ts`, import.meta.url).pathname;
  const { success } = await new Deno.Command(Deno.execPath(), {
    // The young generation is bounded as in the compiled binary: memory is one of the figures.
    args: ["run", "--allow-all", "--v8-flags=--max-semi-space-size=4", "--no-check", script],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) failed++;
}
Deno.exit(failed === 0 ? 0 : 1);
