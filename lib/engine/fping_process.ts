import type { Clock } from "../clock.ts";
import type { Child, Spawn } from "./command.ts";

export interface FpingProcessOptions {
  readonly args: readonly string[];
  readonly spawn: Spawn;
  readonly clock: Clock;
  /** How long lines may gather in the pipe between two reads, in ms. */
  readonly gatherMs: number;
  /** Takes each whole line of standard output, without its end. */
  readonly onLine: (line: string) => void;
  /** Takes each whole line of standard error. */
  readonly onComplaint: (line: string) => void;
  /** Called once, when the process has ended and everything it printed was handed over. */
  readonly onEnd: (how: string) => void;
}

/** One read takes as much as a pipe holds on Linux. */
const BUFFER_BYTES = 65_536;
/** fping's lines are below 200; a "line" longer than this is none. */
const MAX_LINE = 2000;
/** How long a process may take to end after SIGTERM, and its pipes after it. */
const GRACE_MS = 500;

/**
 * One running fping. fping writes line by line, and waking up for each costs more than the ping does. So lines are left
 * to gather in the pipe and read together: 64 KiB at most each `gatherMs`, which also bounds what a flood can cost.
 */
export class FpingProcess {
  /** Resolves when the process is reaped and both pipes are closed. */
  readonly done: Promise<void>;
  readonly #options: FpingProcessOptions;
  readonly #child: Child;
  readonly #stopped = new AbortController();

  /** @throws {MissingProgramError} when there is no fping */
  constructor(options: FpingProcessOptions) {
    this.#options = options;
    this.#child = options.spawn("fping", options.args);
    this.done = this.#watch();
  }

  /** Ends the process; what it still prints is thrown away. `onEnd` is not called. */
  async stop(): Promise<void> {
    if (!this.#stopped.signal.aborted) {
      this.#stopped.abort();
      await this.#end();
    }
    await this.done;
  }

  async #watch(): Promise<void> {
    const { clock, onLine, onComplaint, onEnd } = this.#options;
    const closed = new AbortController();
    const stdout = this.#read(this.#child.stdout, onLine, closed.signal);
    const stderr = this.#read(this.#child.stderr, onComplaint, closed.signal);
    let code: number | undefined;
    const exited = this.#child.exited.then((status) => code = status);
    await Promise.race([exited, stdout]);
    // Without standard output it is of no use, even when it lives on.
    const lives = code === undefined && !this.#stopped.signal.aborted && !(await within(exited, GRACE_MS, clock));
    if (lives) await this.#end();
    await exited;
    // A grandchild may have inherited the pipes and hold them.
    await within(Promise.all([stdout, stderr]), GRACE_MS, clock);
    closed.abort();
    await Promise.all([stdout, stderr]);
    if (!this.#stopped.signal.aborted) onEnd(lives ? "closed its output" : `ended with exit code ${code}`);
  }

  /** SIGTERM and not SIGINT: at that, fping would print a line of statistics for each of its targets. */
  async #end(): Promise<void> {
    this.#child.kill("SIGTERM");
    if (!(await within(this.#child.exited, GRACE_MS, this.#options.clock))) this.#child.kill("SIGKILL");
  }

  /** Never rejects. */
  async #read(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    take: (line: string) => void,
    closed: AbortSignal,
  ): Promise<void> {
    const reader = openReader(stream);
    const decoder = new TextDecoder();
    const cancel = () => void reader.cancel().catch(() => {});
    closed.addEventListener("abort", cancel);
    let rest = "";
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done || value === undefined || this.#stopped.signal.aborted) break;
        rest = splitLines(rest + decoder.decode(value, { stream: true }), take);
        // 5.1 says who answered instead of a target without ever ending the line.
        if (rest.endsWith("]") && rest.startsWith(" [<-")) {
          take(rest);
          rest = "";
        }
        reader.giveBack(value);
        await this.#options.clock.sleep(this.#options.gatherMs, this.#stopped.signal);
      }
    } catch {
      // A pipe that breaks has ended.
    }
    closed.removeEventListener("abort", cancel);
    // Who still writes gets a broken pipe; nothing was left to be read where the pipe has ended.
    await reader.cancel().catch(() => {});
    reader.release();
  }
}

/** Hands over the whole lines of `text` and returns what is left over. */
function splitLines(text: string, take: (line: string) => void): string {
  let from = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
    take(end - from > MAX_LINE ? "(a line too long)" : text.slice(from, end));
    from = end + 1;
  }
  // Cut at the front: what comes after is no line either, but the next line end sets it right.
  return text.slice(Math.max(from, text.length - MAX_LINE - 1));
}

interface Reader {
  read(): Promise<{ readonly value?: Uint8Array<ArrayBuffer> | undefined; readonly done: boolean }>;
  /** Lets the buffer be used for the next read. */
  giveBack(value: Uint8Array<ArrayBuffer>): void;
  cancel(): Promise<void>;
  release(): void;
}

/** Reads into one buffer over and over where the stream can do that: pipes can, streams made by a test may not. */
function openReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Reader {
  let byob: ReadableStreamBYOBReader;
  try {
    byob = stream.getReader({ mode: "byob" });
  } catch {
    const reader = stream.getReader();
    return {
      read: () => reader.read(),
      giveBack() {},
      cancel: () => reader.cancel(),
      release: () => reader.releaseLock(),
    };
  }
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  return {
    read: () => byob.read(new Uint8Array(buffer)),
    giveBack: (value) => void (buffer = value.buffer),
    cancel: () => byob.cancel(),
    release: () => byob.releaseLock(),
  };
}

/** Whether `promise` settles within `ms`. */
async function within(promise: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const over = new AbortController();
  let settled = false;
  const finish = () => {
    settled = true;
    over.abort();
  };
  promise.then(finish, finish);
  await clock.sleep(ms, over.signal);
  return settled;
}
