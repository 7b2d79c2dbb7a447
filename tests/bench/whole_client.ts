/**
 * The whole client to our recorder over HTTP, beside a home-made Python client that does the same with ping3 and
 * requests: CPU of the client's own processes per recorded ping, from the second interval on.
 *
 *     deno run --allow-all tests/bench/whole_client.ts [--targets=1000 --interval=10 --seconds=40]
 */
import { freePort, startChild } from "../delivery/children.ts";
import { pythonWith } from "./python.ts";
import { fromSource, startProcess } from "../process.ts";
import { cpuSeconds, loopbackTargets, numberArg, print } from "./fping_common.ts";

const count = numberArg("targets", 1000);
const interval = numberArg("interval", 10);
const seconds = numberArg("seconds", 40);
const folder = await Deno.makeTempDir();
const list = `${folder}/hosts`;

/** CPU of a process and of all that it started and that still run; those that ended are in their parents' figures. */
async function cpuOfTree(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid=,ppid="] }).output();
  const parents = new TextDecoder().decode(stdout).trim().split("\n").map((line) =>
    line.trim().split(/\s+/).map(Number)
  );
  const tree = [pid];
  for (const parent of tree) {
    for (const [child = 0, of] of parents) if (of === parent) tree.push(child);
  }
  return tree.reduce((sum, one) => sum + cpuSeconds(one), 0);
}

async function measure(name: string, command: (url: string) => string[]): Promise<number> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const recorder = startChild("recorder_child.ts", String(port), `${folder}/${name}.db`);
  await recorder.until(/recorder listens/);
  const client = startProcess(command(url));
  await new Promise((resolve) => setTimeout(resolve, interval * 1000 + 2000));
  const from = Date.now();
  const before = await cpuOfTree(client.pid);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const used = await cpuOfTree(client.pid) - before;
  const to = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const data = await (await fetch(`${url}/ping-data?start=${from}&end=${to}`)).json();
  const pings = data.reduce((sum: number, { pings }: { pings: unknown[] }) => sum + pings.length, 0);
  client.kill("SIGKILL");
  recorder.kill("SIGKILL");
  await Promise.all([client.ended, recorder.ended]);
  const micros = used * 1e6 / pings;
  print(`${name}: ${used.toFixed(2)} s CPU for ${pings} recorded pings in ${seconds} s: ${Math.round(micros)} µs each`);
  return micros;
}

try {
  await Deno.writeTextFile(list, loopbackTargets(count).map(({ host }) => host).join("\n"));
  const python = await pythonWith(folder, "ping3", "requests");
  const ours = await measure("client", (url) => {
    const [deno = "", run = "", ...rest] = fromSource(
      "--recorder",
      url,
      "--interval",
      String(interval),
      "--targets",
      list,
    );
    return [deno, run, `--allow-read=${list}`, ...rest];
  });
  if (python === undefined) print("skipped: the Python client: ping3 and requests could not be installed");
  else {
    const script = new URL("home_made_client.py", import.meta.url).pathname;
    const theirs = await measure("python", (url) => [python, script, url, String(interval), list]);
    print(
      `whole client: ${(ours / theirs).toFixed(3)} of the home-made client's CPU per recorded ping (to reach: 0.1)`,
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
