import { startProcess, type TestProcess } from "../process.ts";

/** A port of the loopback that nobody listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Starts one of this folder's child programs. */
export function startChild(script: string, ...args: string[]): TestProcess {
  return startProcess([Deno.execPath(), "run", "-A", "--no-check", new URL(script, import.meta.url).pathname, ...args]);
}

/** Numbers from 0 to 1 that are the same in each run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
