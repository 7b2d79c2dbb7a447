import type { Clock } from "../../lib/clock.ts";
import { type Child, MissingProgramError, type Run, type Spawn } from "../../lib/engine/command.ts";

/** What becomes of a ping to an address: a line at once, one at the end of the wait, or none (it could not be sent). */
export type Fate = "reply" | "lost" | "unsent";

/** fping as the engine sees it, on a clock that tests move. Its pace is perfect. */
export class FakeFping {
  /** By address; `reply` where there is none. */
  readonly fates = new Map<string, Fate>();
  /** Those that live, oldest first. */
  readonly children: FakeChild[] = [];
  /** The arguments of all that were ever started. */
  readonly started: (readonly string[])[] = [];
  /** Nothing by that name is installed. */
  missing = false;
  /** What `fping -v` prints. */
  version = "fping: Version 5.1\n";
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly run: Run = (program) => {
    if (this.missing) return Promise.reject(new MissingProgramError(program));
    return Promise.resolve({ code: 0, stdout: this.version, stderr: "", killed: false, flooded: false });
  };

  readonly spawn: Spawn = (program, args) => {
    if (this.missing) throw new MissingProgramError(program);
    this.started.push(args);
    const child = new FakeChild(args, this.fates, this.#clock, () => {
      this.children.splice(this.children.indexOf(child), 1);
    });
    this.children.push(child);
    return child;
  };
}

export class FakeChild implements Child {
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly exited: Promise<number>;
  readonly addresses: readonly string[];
  /** Lives on, but prints no more. */
  hangs = false;
  readonly #stop = new AbortController();
  readonly #fates: ReadonlyMap<string, Fate>;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #out = new FakePipe();
  readonly #err = new FakePipe();
  #exit: (code: number) => void = () => {};

  constructor(args: readonly string[], fates: ReadonlyMap<string, Fate>, clock: Clock, onEnd: () => void) {
    this.#fates = fates;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.addresses = args.slice(args.indexOf("--") + 1);
    this.stdout = this.#out.stream;
    this.stderr = this.#err.stream;
    this.exited = new Promise((resolve) => this.#exit = resolve);
    const option = (name: string) => Number(args[args.indexOf(name) + 1]);
    this.#ping(option("-p"), option("-t"), option("-i"));
  }

  kill(): void {
    this.die(143);
  }

  die(code: number): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#out.close();
    this.#err.close();
    this.#exit(code);
    this.#onEnd();
  }

  /** Prints a line of its own. */
  say(line: string): void {
    if (!this.#stop.signal.aborted) this.#out.write(`${line}\n`);
  }

  complain(line: string): void {
    if (!this.#stop.signal.aborted) this.#err.write(`${line}\n`);
  }

  #ping(periodMs: number, timeoutMs: number, spacingMs: number): void {
    const startMs = this.#clock.monotonic();
    const wait = (ms: number) => this.#clock.sleep(ms - this.#clock.monotonic(), this.#stop.signal);
    for (const [place, address] of this.addresses.entries()) {
      const loop = async () => {
        for (let index = 0; !this.#stop.signal.aborted; index++) {
          const dueMs = startMs + place * spacingMs + index * periodMs;
          await wait(dueMs);
          const fate = this.#fates.get(address) ?? "reply";
          if (fate === "lost") {
            wait(dueMs + timeoutMs).then(() => this.#print(address, index, "timed out (NaN avg, 100% loss)"));
          }
          if (fate === "reply") this.#print(address, index, "64 bytes, 0.500 ms (0.500 avg, 0% loss)");
        }
      };
      loop();
    }
  }

  #print(address: string, index: number, what: string): void {
    if (!this.hangs) this.say(`[${(this.#clock.now() / 1000).toFixed(5)}] ${address} : [${index}], ${what}`);
  }
}

/** A pipe: what was written since the last read is read together. */
class FakePipe {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  #text = "";
  #closed = false;
  #wake: () => void = () => {};

  constructor() {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      if (this.#text === "" && !this.#closed) await new Promise<void>((resolve) => this.#wake = resolve);
      if (this.#text !== "") controller.enqueue(new TextEncoder().encode(this.#text));
      else if (this.#closed) controller.close();
      this.#text = "";
    };
    this.stream = new ReadableStream({ pull, cancel: () => this.close() }, { highWaterMark: 0 });
  }

  write(text: string): void {
    this.#text += text;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }
}
