import { runCli } from "./lib/cli.ts";
import type { Terminal } from "./lib/live/terminal.ts";

const stop = new AbortController();

/** One Ctrl-C may arrive twice: from the terminal, and passed on by the `deno task` or `npx` around this process. */
const SAME_KEY_MS = 500;
let stoppedAt: number | undefined;

/** The first request to stop is a polite one; the second ends the program where it stands. */
function onSignal(): void {
  const now = performance.now();
  stoppedAt ??= now;
  if (stop.signal.aborted && now - stoppedAt > SAME_KEY_MS) Deno.exit(130);
  stop.abort();
}

/** A reader that went away (`ping-client --help | head -1`) is no reason to say anything. */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Only where it is asked for: a client without a file to read again ends with its terminal, as every program does. */
function onReload(listener: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener("SIGHUP", listener);
  return () => Deno.removeSignalListener("SIGHUP", listener);
}

Deno.addSignalListener("SIGINT", onSignal);
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);

const windows = Deno.build.os === "windows";

const terminal: Terminal = {
  out: Deno.stdout.isTerminal(),
  err: Deno.stderr.isTerminal(),
  size: () => Deno.consoleSize(),
  onResize(listener) {
    if (windows) return () => {};
    Deno.addSignalListener("SIGWINCH", listener);
    return () => Deno.removeSignalListener("SIGWINCH", listener);
  },
  ...(Deno.stdin.isTerminal() ? { keys: { setRaw: (raw) => Deno.stdin.setRaw(raw), read: readKeys } } : {}),
};

async function* readKeys(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = Deno.stdin.readable.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  for (;;) {
    const { value, done } = await reader.read();
    if (done || signal.aborted) return;
    yield value;
  }
}

const code = await runCli({
  args: Deno.args,
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => writeAll(Deno.stderr, text),
  readStdin: () => new Response(Deno.stdin.readable).text(),
  stop: stop.signal,
  onReload,
  terminal,
});
Deno.exit(code);
