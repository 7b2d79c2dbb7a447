import assert from "node:assert/strict";
import { type Run, run, type Spawn, spawn } from "../../lib/engine/command.ts";
import type { Engine, Watch } from "../../lib/engine.ts";
import type { PingResult } from "../../lib/result.ts";
import { parseTarget, type Target } from "../../lib/target.ts";
import { createNetwork, HOSTS, type Network, whyNoNetwork } from "../network.ts";

/** What an engine under test gets: everything that leads into the test's own network. */
export interface EngineParts {
  /** Runs a program inside the network. */
  readonly run: Run;
  /** Starts a program inside the network. */
  readonly spawn: Spawn;
  /** Addresses of the names that exist inside; a name that does not is not there. Changes while the test runs. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

interface Stage extends EngineParts, AsyncDisposable {
  readonly network: Network;
  setName(name: string, address: string): Promise<void>;
  /** Kills the children that run, and lets those begun until `mend` die at once. */
  sabotage(): void;
  mend(): void;
}

const TIMEOUT_MS = 500;
const INTERVAL_MS = 1000;
/** A condition of real processes that has not come true by then never will. */
const DEADLINE_MS = 30_000;

/**
 * The facts that are true of every engine, tried with real processes in network namespaces.
 * @param create makes the engine out of what leads into the network
 */
export function testEngine(name: string, create: (parts: EngineParts) => Engine): void {
  const test = (fact: string, body: (stage: Stage, engine: Engine) => Promise<void>) =>
    Deno.test(`${name} ${fact}`, async (t) => {
      const why = await whyNoNetwork();
      if (why !== undefined) {
        await t.step({ name: `skipped: it needs network namespaces (${why})`, ignore: true, fn() {} });
        return;
      }
      await using stage = await createStage();
      await body(stage, create(stage));
    });

  test("gives each target one result a round: reply, lost, unreachable, not sent, not resolved", async (_, engine) => {
    const hosts = [HOSTS.reply, HOSTS.reply6, HOSTS.lost, HOSTS.unreachable, HOSTS.noroute, "peer.test", "nobody.test"];
    const results = await collect(engine.watch(hosts.map((host) => parseTarget(host)), options({ rounds: 2 })));
    const seen = new Map(hosts.map((host) => [host, results.filter((r) => r.host === host).map(say)]));
    assert.deepEqual(Object.fromEntries(seen), {
      [HOSTS.reply]: ["reply", "reply"],
      [HOSTS.reply6]: ["reply", "reply"],
      [HOSTS.lost]: ["lost/timeout", "lost/timeout"],
      [HOSTS.unreachable]: ["lost/unreachable", "lost/unreachable"],
      [HOSTS.noroute]: ["failed/send-error", "failed/send-error"],
      "peer.test": ["reply", "reply"],
      "nobody.test": ["failed/unresolved", "failed/unresolved"],
    });
    assert.equal(results.length, 2 * hosts.length);
    for (const host of hosts) assertGrows(results.filter((r) => r.host === host).map((r) => r.at));
  });

  test("gives an RTT of the network, not of the process, and the target's name", async (_, engine) => {
    const target = parseTarget(`peer=${HOSTS.reply}`);
    const [result] = await collect(engine.watch([target], options({ rounds: 1 })));
    assert.ok(result?.outcome === "reply" && result.rttMs > 0 && result.rttMs < TIMEOUT_MS);
    assert.equal(result.name, "peer");
    assert.ok(Math.abs(result.at - Date.now()) < DEADLINE_MS);
  });

  test("gives nothing more for a target that was removed, and goes on with the others", async (_, engine) => {
    const [stays, goes, comes] = targetsOf(HOSTS.reply, "127.0.0.1", "127.0.0.2");
    const stop = new AbortController();
    const watch = engine.watch([stays, goes], options({ signal: stop.signal }));
    const seen: PingResult[] = [];
    let swapped = -1;
    for await (const result of within(watch, stop)) {
      seen.push(result);
      if (swapped < 0 && seen.some((r) => r.host === goes.host)) {
        watch.update([stays, comes]);
        swapped = seen.length;
      }
      const after = seen.slice(Math.max(swapped, 0)).map((r) => r.host);
      if (swapped >= 0 && count(after, comes.host) >= 2 && count(after, stays.host) >= 2) break;
    }
    assert.equal(seen.slice(swapped).filter((r) => r.host === goes.host).length, 0);
    assert.ok(seen.slice(swapped).filter((r) => r.host === comes.host).every((r) => r.outcome === "reply"));
    for (const { host } of [stays, goes, comes]) assertGrows(seen.filter((r) => r.host === host).map((r) => r.at));
  });

  test("says failed/no-engine while its program dies, and replies again after", async (stage, engine) => {
    const stop = new AbortController();
    const watch = engine.watch(targetsOf(HOSTS.reply, "127.0.0.1"), options({ signal: stop.signal }));
    const seen: PingResult[] = [];
    const after = (outcome: string, from: number) => seen.findIndex((r, i) => i >= from && say(r) === outcome);
    for await (const result of within(watch, stop)) {
      seen.push(result);
      const alive = after("reply", 0);
      if (seen.length === alive + 1) stage.sabotage();
      const dead = alive < 0 ? -1 : after("failed/no-engine", alive);
      if (dead >= 0) stage.mend();
      if (dead >= 0 && after("reply", dead) >= 0) break;
    }
    assert.deepEqual([...new Set(seen.map(say))].sort(), ["failed/no-engine", "reply"]);
    for (const host of [HOSTS.reply, "127.0.0.1"]) assertGrows(seen.filter((r) => r.host === host).map((r) => r.at));
  });

  test("pings a name once it appears", async (stage, engine) => {
    const stop = new AbortController();
    const watch = engine.watch(targetsOf("later.test", HOSTS.reply), options({ signal: stop.signal }));
    const seen: string[] = [];
    for await (const result of within(watch, stop)) {
      if (result.host !== "later.test") {
        assert.equal(say(result), "reply");
        continue;
      }
      seen.push(say(result));
      if (seen.length === 1) await stage.setName("later.test", HOSTS.reply);
      if (say(result) === "reply") break;
    }
    assert.equal(seen[0], "failed/unresolved");
    assert.deepEqual([...new Set(seen)], ["failed/unresolved", "reply"]);
  });

  test("leaves no process behind when told to stop, and gives nothing after", async (stage, engine) => {
    const stop = new AbortController();
    let after = 0;
    for await (const _ of engine.watch(targetsOf(HOSTS.reply, HOSTS.lost), options({ signal: stop.signal }))) {
      if (stop.signal.aborted) after++;
      stop.abort();
    }
    assert.equal(after, 0);
    assert.deepEqual(await stage.network.pids(), []);
  });
}

function options({ rounds, signal = new AbortController().signal }: { rounds?: number; signal?: AbortSignal }) {
  const base = { intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS, signal };
  return rounds === undefined ? base : { ...base, rounds };
}

async function createStage(): Promise<Stage> {
  const network = await createNetwork();
  const names = new Map<string, readonly string[]>([["peer.test", [HOSTS.reply]]]);
  const children = new Set<ReturnType<Spawn>>();
  let broken = false;
  const inside = (program: string, args: readonly string[]): [string, string[]] => {
    const [first = "", ...rest] = network.inside;
    return [first, [...rest, ...(broken ? ["sh", "-c", "kill -9 $$"] : [program, ...args])]];
  };
  return {
    network,
    names,
    run: (program, args, options) => run(...inside(program, args), options),
    spawn(program, args) {
      const child = spawn(...inside(program, args));
      children.add(child);
      child.exited.then(() => children.delete(child));
      return child;
    },
    async setName(name, address) {
      await network.setHost(name, address);
      names.set(name, [address]);
    },
    sabotage() {
      broken = true;
      for (const child of children) child.kill("SIGKILL");
    },
    mend() {
      broken = false;
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

/** The results until the caller has seen enough; a test that never does ends at the deadline. */
async function* within(watch: Watch, stop: AbortController): AsyncGenerator<PingResult> {
  const deadline = setTimeout(() => stop.abort(), DEADLINE_MS);
  try {
    yield* watch;
    assert.fail(`the watch ended, or ${DEADLINE_MS} ms passed, before what was waited for`);
  } finally {
    clearTimeout(deadline);
  }
}

async function collect(watch: Watch): Promise<PingResult[]> {
  const results: PingResult[] = [];
  for await (const result of watch) results.push(result);
  return results;
}

function targetsOf<T extends readonly string[]>(...hosts: T): { [K in keyof T]: Target } {
  return hosts.map((host) => parseTarget(host)) as { [K in keyof T]: Target };
}

function say(result: PingResult): string {
  return result.outcome === "reply" ? "reply" : `${result.outcome}/${result.cause}`;
}

function count(hosts: readonly string[], host: string): number {
  return hosts.filter((other) => other === host).length;
}

function assertGrows(times: readonly number[]): void {
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
}
