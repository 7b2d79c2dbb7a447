import { type Child, type Spawn, spawn } from "./command.ts";

/** What goes to the thread. `cell` wakes it. */
type Order =
  | { readonly kind: "begin"; readonly cell: SharedArrayBuffer; readonly gatherMs: number }
  | { readonly kind: "start"; readonly id: number; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: "kill"; readonly id: number; readonly signal: Deno.Signal };

/** What comes back. A stream without `bytes` has ended. */
type News =
  | { readonly kind: "stdout" | "stderr"; readonly id: number; readonly bytes?: Uint8Array<ArrayBuffer> }
  | { readonly kind: "exit"; readonly id: number; readonly code: number };

/**
 * Like `spawn`, but the children's pipes are read in a thread that sleeps between two reads.
 *
 * A pipe wakes up the event loop that it belongs to for each line that is written, whether or not anything wants to read
 * (measured: 17 to 25 µs for each line of fping; 123 ms of CPU for 5,000 lines read each 250 ms). A thread that is blocked
 * meanwhile is not woken: 23 ms for the same. The thread lives for as long as there are children.
 *
 * A program that cannot be started ends with code 127, after a line on standard error that says why.
 * @param gatherMs how long output gathers in the pipes between two reads
 */
export function createThreadSpawn({ gatherMs }: { readonly gatherMs: number }): Spawn {
  const children = new Map<number, ThreadChild>();
  let thread: Thread | undefined;
  let lastId = 0;
  let broken = false;

  /** Its children count as ended, so that their work begins again, without a thread: dearer, but it pings. */
  function giveUp(): void {
    broken = true;
    for (const id of [...children.keys()]) {
      receive({ kind: "stdout", id });
      receive({ kind: "stderr", id });
      receive({ kind: "exit", id, code: 127 });
    }
  }

  function receive(news: News): void {
    const child = children.get(news.id);
    child?.receive(news);
    if (child === undefined || !child.ended) return;
    children.delete(news.id);
    if (children.size > 0) return;
    thread?.end();
    thread = undefined;
  }

  return (program, args) => {
    if (broken) return spawn(program, args);
    thread ??= new Thread(gatherMs, receive, giveUp);
    const { order } = thread;
    const id = ++lastId;
    const child = new ThreadChild((signal) => order({ kind: "kill", id, signal }));
    children.set(id, child);
    order({ kind: "start", id, program, args });
    return child;
  };
}

class Thread {
  readonly #worker: Worker;
  readonly #cell = new SharedArrayBuffer(4);

  constructor(gatherMs: number, receive: (news: News) => void, onBroken: () => void) {
    // Made of its own text: a module of its own would need leave to read files. As data, because the compiled program
    // does not find a blob.
    const text = encodeURIComponent(`(${threadMain.toString()})()`);
    this.#worker = new Worker(`data:text/javascript,${text}`, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<News>) => receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onBroken();
    };
    this.order({ kind: "begin", cell: this.#cell, gatherMs });
  }

  readonly order = (order: Order): void => {
    this.#worker.postMessage(order);
    const cell = new Int32Array(this.#cell);
    Atomics.store(cell, 0, 1);
    Atomics.notify(cell, 0);
  };

  end(): void {
    this.#worker.terminate();
  }
}

class ThreadChild implements Child {
  readonly exited: Promise<number>;
  readonly kill: (signal: Deno.Signal) => void;
  readonly #out = new Inlet();
  readonly #err = new Inlet();
  #exit: (code: number) => void = () => {};
  #hasExited = false;

  constructor(kill: (signal: Deno.Signal) => void) {
    this.exited = new Promise((resolve) => this.#exit = resolve);
    this.kill = (signal) => this.#hasExited ? undefined : kill(signal);
  }

  get stdout(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#out.stream;
  }

  get stderr(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#err.stream;
  }

  /** Reaped, and nothing more will come from its pipes or is wanted. */
  get ended(): boolean {
    return this.#hasExited && this.#out.closed && this.#err.closed;
  }

  receive(news: News): void {
    if (news.kind === "exit") {
      this.#hasExited = true;
      this.#exit(news.code);
    } else (news.kind === "stdout" ? this.#out : this.#err).put(news.bytes);
  }
}

/** A stream that hands over together whatever came since it was last read. */
class Inlet {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  closed = false;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #wake: () => void = () => {};

  constructor() {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      if (this.#waiting.length === 0 && !this.closed) await new Promise<void>((resolve) => this.#wake = resolve);
      if (this.#waiting.length === 0) return controller.close();
      controller.enqueue(join(this.#waiting));
      this.#waiting = [];
    };
    const cancel = () => {
      this.#waiting = [];
    };
    this.stream = new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  }

  put(bytes: Uint8Array<ArrayBuffer> | undefined): void {
    if (bytes === undefined) this.closed = true;
    else this.#waiting.push(bytes);
    this.#wake();
  }
}

function join(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The thread's whole program. It is sent as text, so it must use nothing from outside itself. */
function threadMain(): void {
  const BUFFER_BYTES = 65_536;
  /** How long the thread is awake for orders and reads. */
  const AWAKE_MS = 2;
  const HURRIES = 50;
  /** How long the pipes of a dead child may stay open: a grandchild may hold them. */
  const LINGER_MS = 1000;
  const FOLDERS = ["", "/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"];
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<Order>) => void;
    postMessage(news: News, transfer?: Transferable[]): void;
  };
  const children = new Map<number, Deno.ChildProcess>();
  let cell = new Int32Array(new SharedArrayBuffer(4));
  let nextRead = Promise.resolve();
  /** How many of the next sleeps are short, because a child was told to end. */
  let hurry = 0;

  scope.onmessage = ({ data }) => {
    if (data.kind === "begin") {
      cell = new Int32Array(data.cell);
      sleepAndWake(data.gatherMs);
    } else if (data.kind === "start") start(data.id, data.program, data.args);
    else {
      hurry = HURRIES;
      try {
        children.get(data.id)?.kill(data.signal);
      } catch {
        // It ended by itself in the meantime.
      }
    }
  };

  async function sleepAndWake(gatherMs: number): Promise<void> {
    for (;;) {
      let wake = () => {};
      nextRead = new Promise((resolve) => wake = resolve);
      await new Promise((resolve) => setTimeout(resolve, AWAKE_MS));
      Atomics.wait(cell, 0, 0, hurry > 0 ? AWAKE_MS : gatherMs);
      hurry = Math.max(0, hurry - 1);
      Atomics.store(cell, 0, 0);
      wake();
    }
  }

  function start(id: number, program: string, args: readonly string[]): void {
    let failure: unknown;
    for (const folder of program.includes("/") ? [""] : FOLDERS) {
      try {
        const child = new Deno.Command(folder + program, {
          args: [...args],
          env: { LC_ALL: "C" },
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
        children.set(id, child);
        watch(id, child);
        return;
      } catch (error) {
        failure ??= error;
      }
    }
    const why = failure instanceof Error ? failure.message : String(failure);
    scope.postMessage({ kind: "stderr", id, bytes: new TextEncoder().encode(`${program}: ${why}\n`) });
    scope.postMessage({ kind: "stdout", id });
    scope.postMessage({ kind: "stderr", id });
    scope.postMessage({ kind: "exit", id, code: 127 });
  }

  async function watch(id: number, child: Deno.ChildProcess): Promise<void> {
    const closed = new AbortController();
    const reading = [read("stdout", id, child.stdout, closed.signal), read("stderr", id, child.stderr, closed.signal)];
    const { code } = await child.status;
    children.delete(id);
    scope.postMessage({ kind: "exit", id, code });
    const linger = setTimeout(() => closed.abort(), LINGER_MS);
    await Promise.all(reading);
    clearTimeout(linger);
  }

  async function read(
    kind: "stdout" | "stderr",
    id: number,
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    closed: AbortSignal,
  ): Promise<void> {
    const reader = stream.getReader({ mode: "byob" });
    closed.addEventListener("abort", () => reader.cancel().catch(() => {}));
    let buffer = new ArrayBuffer(BUFFER_BYTES);
    try {
      for (;;) {
        const { value, done } = await reader.read(new Uint8Array(buffer));
        if (done || value === undefined) break;
        const bytes = value.slice();
        scope.postMessage({ kind, id, bytes }, [bytes.buffer]);
        buffer = value.buffer;
        // Not more than a buffer for each time it wakes up, so that a flood is held back by its own full pipe.
        await nextRead;
      }
    } catch {
      // A pipe that breaks has ended.
    }
    scope.postMessage({ kind, id });
  }
}
