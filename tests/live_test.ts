import assert from "node:assert/strict";
import { openLive } from "../lib/live.ts";
import type { Terminal } from "../lib/live/terminal.ts";
import type { Target } from "../lib/target.ts";
import { FakeClock, settle } from "./fake_clock.ts";
import { reply } from "./live/results.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const TARGETS: readonly Target[] = [{ host: "192.0.2.1", name: "gate", family: "any" }, { host: "::1", family: "any" }];

/** A terminal whose keys and size a test sets. */
class FakeTerminal implements Terminal {
  readonly out = true;
  readonly err = true;
  columns = 60;
  rows = 10;
  raw = false;
  written = "";
  resize = () => {};
  #key = Promise.withResolvers<string>();

  readonly keys = {
    setRaw: (raw: boolean) => {
      this.raw = raw;
      this.written += raw ? "<raw>" : "<cooked>";
    },
    read: (signal: AbortSignal) => this.#read(signal),
  };

  size() {
    return { columns: this.columns, rows: this.rows };
  }

  onResize(listener: () => void): () => void {
    this.resize = listener;
    return () => this.resize = () => {};
  }

  async press(text: string): Promise<void> {
    this.#key.resolve(text);
    await settle();
  }

  /** What was written since the last look. */
  take(): string {
    const written = this.written;
    this.written = "";
    return written;
  }

  async *#read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const over = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    for (;;) {
      const text = await Promise.race([this.#key.promise, over]);
      if (text === undefined) return;
      this.#key = Promise.withResolvers();
      yield new TextEncoder().encode(text);
    }
  }
}

function open(terminal = new FakeTerminal(), targets = TARGETS) {
  const stop = new AbortController();
  const clock = new FakeClock();
  const write = (text: string) => void (terminal.written += text);
  const live = openLive({ targets, terminal, write, clock, signal: stop.signal, color: false });
  return { live, terminal, clock, stop };
}

Deno.test("live takes the terminal, draws what comes, and gives it back in the order that a terminal needs", async () => {
  const { live, terminal, clock } = open();
  const first = terminal.take();
  assert.ok(first.startsWith(`<raw>${ENTER}`), first);
  assert.ok(first.includes(" gate (192.0.2.1) "));
  live.add(reply(12.5));
  await clock.advance(250);
  const second = terminal.take();
  assert.ok(second.includes("12.5"));
  assert.ok(!second.includes("::1"), "a row that did not change is not drawn again");
  await live.close();
  assert.match(terminal.take().replaceAll("\x1b", "ESC"), /ESC\[\?25hESC\[\?1049l<cooked>$/);
  assert.equal(clock.sleeping, 0);
  await live.close();
  assert.equal(terminal.take(), "");
});

Deno.test("live ends by q and by Ctrl-C: the terminal is back at once, and quit aborts", async () => {
  for (const key of ["q", "\x03"]) {
    const { live, terminal } = open();
    await terminal.press(key);
    assert.ok(live.quit.aborted);
    assert.ok(live.closed);
    assert.ok(terminal.take().endsWith(`${LEAVE}<cooked>`));
    await live.close();
  }
});

Deno.test("live gives the terminal back as soon as the program is told to stop", async () => {
  const { live, terminal, stop } = open();
  stop.abort();
  assert.ok(terminal.take().endsWith(`${LEAVE}<cooked>`));
  assert.ok(!live.quit.aborted);
  await live.close();
});

Deno.test("live gives the terminal back where taking it fails half-way", () => {
  const terminal = new FakeTerminal();
  terminal.onResize = () => {
    throw new Error("no signals here");
  };
  assert.throws(() => open(terminal), { name: "Error", message: "no signals here" });
  assert.ok(terminal.take().endsWith(`${LEAVE}<cooked>`));
});

Deno.test("live sorts, scrolls and stops at the end by keys", async () => {
  const many = Array.from(
    { length: 30 },
    (_, n): Target => ({ host: `h${String(n).padStart(2, "0")}`, family: "any" }),
  );
  const { live, terminal } = open(new FakeTerminal(), many);
  assert.ok(terminal.take().includes("1-6 of 30"));
  await terminal.press("j");
  assert.ok(terminal.take().includes("2-7 of 30"));
  await terminal.press("\x1b[F");
  assert.ok(terminal.take().includes("25-30 of 30"));
  await terminal.press("n");
  assert.ok(terminal.take().includes("TARGET▼"));
  await terminal.press("n");
  const turned = terminal.take();
  assert.ok(turned.includes("TARGET▲") && turned.includes(" h29 "));
  await live.close();
});

Deno.test("live draws whole pictures of the new size after a resize, and by itself where no signal tells of one", async () => {
  const { live, terminal, clock } = open();
  terminal.take();
  terminal.columns = 44;
  terminal.resize();
  const signalled = terminal.take();
  assert.ok(signalled.startsWith("\x1b[2J") && signalled.includes(" gate (192.0"), signalled);
  terminal.columns = 0;
  terminal.rows = 0;
  await clock.advance(250);
  assert.ok(terminal.take().includes("\x1b[24;1H"), "a terminal without a size is taken for 80 by 24");
  terminal.size = () => {
    throw new Error("hung up");
  };
  await clock.advance(250);
  await live.close();
});

Deno.test("live shows the latest log lines at the bottom", async () => {
  const terminal = new FakeTerminal();
  terminal.rows = 16;
  const { live, clock } = open(terminal);
  for (const n of [1, 2, 3, 4]) live.log(`2026-01-01 00:00:0${n}.000 warning line ${n}\n`);
  terminal.take();
  await clock.advance(250);
  const drawn = terminal.take();
  assert.ok(!drawn.includes("line 1"));
  assert.ok(drawn.includes("00:00:02 warning line 2") && drawn.includes("line 4"));
  assert.ok(!drawn.includes("\n"), "a line end would scroll the picture");
  await live.close();
});
