import { type Clock, systemClock } from "../clock.ts";

/** How a finished child ended and what it printed, cut at `maxBytes` a stream. */
export interface Finished {
  /** The exit code; 128 + n where signal n ended it, as shells say it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It was killed because it ran longer than `killAfterMs`. */
  readonly killed: boolean;
  /** It printed more than `maxBytes` and was killed for that. */
  readonly flooded: boolean;
}

export interface RunOptions {
  /** A child that still runs after this many ms is killed (SIGKILL). */
  readonly killAfterMs: number;
  /** A child that still runs after this many ms is asked to end (SIGINT). Default: never. */
  readonly interruptAfterMs?: number;
  /** Kills the child at once when aborted. */
  readonly signal?: AbortSignal;
  /** How much of each stream is kept. Default 64 KiB: far more than any ping prints for one probe. */
  readonly maxBytes?: number;
  readonly clock?: Clock;
}

/** Runs a program to its end. The type that engines take as a parameter, so that tests can put another in. */
export type Run = (program: string, args: readonly string[], options: RunOptions) => Promise<Finished>;

/** A long-running child whose streams the caller reads. Both streams must be read to their end or cancelled. */
export interface Child {
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves with the exit code once the child is reaped. */
  readonly exited: Promise<number>;
  /** Sends a signal; does nothing once the child has ended. */
  kill(signal: Deno.Signal): void;
}

/** Starts a program without waiting for it. */
export type Spawn = (program: string, args: readonly string[]) => Child;

/** Which package brings a program. */
const PACKAGES: Readonly<Record<string, string>> = {
  ping: "iputils-ping (Debian, Ubuntu) or iputils (Alpine, Arch, Fedora)",
  fping: "fping",
};

/** The program is nowhere on the PATH. */
export class MissingProgramError extends Error {
  override readonly name = "MissingProgramError";
  constructor(readonly program: string, options?: ErrorOptions) {
    const install = PACKAGES[program];
    super(
      `Cannot find the program '${program}'${install === undefined ? "" : `: install the package ${install}`}`,
      options,
    );
  }
}

/** Where programs are when the environment names no PATH at all, or one without the system's folders. */
const SYSTEM_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/**
 * Starts `program` with `LC_ALL=C`, no standard input and both outputs piped.
 * @throws {MissingProgramError} when it is on no PATH and in no system folder
 */
export const spawn: Spawn = (program, args) => {
  const child = spawnFirst(program, args);
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exited: child.status.then(({ code }) => code),
    kill(signal) {
      try {
        child.kill(signal);
      } catch (error) {
        // It ended by itself in the meantime: that is what the caller wanted.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
    },
  };
};

/**
 * Runs `program` to its end, bounded in time and output. What it prints is read as UTF-8, wrong bytes replaced. All is
 * over after `killAfterMs`, even where a grandchild lives on and holds the pipes.
 *
 * One is run for every probe, so that this is as cheap as reading both pipes can be: one timer, one listener, no
 * stream but the child's own (measured: 2.2 ms of CPU a ping, where `xargs -P` needs 1.85).
 * @throws {MissingProgramError} when it is on no PATH and in no system folder
 */
export const run: Run = async (program, args, options) => {
  const { killAfterMs, interruptAfterMs, signal, maxBytes = 65_536, clock = systemClock } = options;
  const child = spawn(program, args);
  const over = new AbortController();
  const kill = () => child.kill("SIGKILL");
  let ended = false;
  let killed = false;
  let flooded = false;
  const flood = () => {
    flooded = true;
    kill();
  };
  const stdout = collect(child.stdout, maxBytes, flood);
  const stderr = collect(child.stderr, maxBytes, flood);
  const after = (ms: number, act: () => void) =>
    clock.sleep(ms, over.signal).then(() => over.signal.aborted ? undefined : act());
  after(killAfterMs, () => {
    killed = !ended;
    kill();
    stdout.cancel();
    stderr.cancel();
  });
  if (interruptAfterMs !== undefined) after(interruptAfterMs, () => child.kill("SIGINT"));
  if (signal?.aborted) kill();
  signal?.addEventListener("abort", kill);
  const code = await child.exited;
  ended = true;
  signal?.removeEventListener("abort", kill);
  await stdout.done;
  await stderr.done;
  // A reason that is no error spares making one, with its stack, for each probe.
  over.abort("over");
  return { code, stdout: stdout.text(), stderr: stderr.text(), killed, flooded };
};

interface Collector {
  readonly done: Promise<void>;
  cancel(): void;
  text(): string;
}

const decoder = new TextDecoder();

function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, maxBytes: number, flood: () => void): Collector {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const read = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      if (bytes < maxBytes) chunks.push(value.subarray(0, maxBytes - bytes));
      bytes += value.length;
      if (bytes > maxBytes) flood();
    }
  };
  return {
    done: read().catch(() => {}),
    cancel: () => void reader.cancel().catch(() => {}),
    text: () => decoder.decode(chunks.length === 1 ? chunks[0] : join(chunks)),
  };
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Tries the PATH, then the system's folders: a service or `env -i` may run with no PATH at all. */
function spawnFirst(program: string, args: readonly string[]): Deno.ChildProcess {
  const places = program.includes("/") ? [program] : [program, ...SYSTEM_FOLDERS.map((f) => `${f}/${program}`)];
  let last: unknown;
  for (const place of places) {
    try {
      return new Deno.Command(place, {
        args: [...args],
        env: { LC_ALL: "C" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      if (!isMissing(error)) throw error;
      last = error;
    }
  }
  throw new MissingProgramError(program, { cause: last });
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && error.message.includes("no path to search"));
}
