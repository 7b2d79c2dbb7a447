/** A program under test as a process of its own. */
export interface TestProcess {
  readonly pid: number;
  /** Standard output and error so far. */
  output(): string;
  /** Waits until the output matches. Fails after `deadlineMs` (default 20 s) with what there was instead. */
  until(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>;
  kill(signal: Deno.Signal): void;
  readonly ended: Promise<{ readonly code: number; readonly output: string }>;
}

const DENO_FLAGS = ["run", "--allow-net", "--allow-run", "--no-prompt", "--frozen", "--no-check"];
const MAIN = new URL("../main.ts", import.meta.url).pathname;

/** The command line that runs the program from its source with exactly the permissions of `deno task start`. */
export function fromSource(...args: string[]): string[] {
  return [Deno.execPath(), ...DENO_FLAGS, MAIN, ...args];
}

/** Starts a command line. `env` is added to the environment; with `clearEnv` it is all of it. */
export function startProcess(
  command: readonly string[],
  options: Pick<Deno.CommandOptions, "env" | "clearEnv" | "cwd"> = {},
): TestProcess {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped", ...options })
    .spawn();
  let output = "";
  const waiting = new Set<() => void>();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      for (const look of waiting) look();
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const ended = Promise.all([child.status, reading]).then(([{ code }]) => {
    for (const look of waiting) look();
    return { code, output };
  });
  let over = false;
  ended.then(() => over = true);
  return {
    pid: child.pid,
    output: () => output,
    kill: (signal) => over ? undefined : child.kill(signal),
    ended,
    until(pattern, deadlineMs = 20_000) {
      return new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          act();
        };
        const look = () => {
          const match = pattern.exec(output);
          if (match !== null) finish(() => resolve(match));
          else if (over) finish(() => reject(new Error(`ended without ${pattern}:\n${output}`)));
        };
        const timer = setTimeout(
          () => finish(() => reject(new Error(`no ${pattern} in time:\n${output}`))),
          deadlineMs,
        );
        waiting.add(look);
        look();
        ended.then(look);
      });
    },
  };
}

/** Asks again until `ask` gives something, for at most `deadlineMs`. */
export async function eventually<T>(ask: () => Promise<T | undefined>, deadlineMs = 20_000): Promise<T> {
  const end = performance.now() + deadlineMs;
  let last: unknown = "nothing yet";
  while (performance.now() < end) {
    try {
      const got = await ask();
      if (got !== undefined) return got;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not happen within ${deadlineMs} ms: ${last}`);
}
