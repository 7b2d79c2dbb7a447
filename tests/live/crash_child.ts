// Opens a live view on the real terminal and then makes the mistake that its argument names.
import { systemClock } from "../../lib/clock.ts";
import { openLive } from "../../lib/live.ts";

async function* noKeys(): AsyncGenerator<Uint8Array> {}

openLive({
  targets: [{ host: "127.0.0.1", family: "any" }],
  terminal: {
    out: true,
    err: true,
    size: () => Deno.consoleSize(),
    onResize: () => () => {},
    keys: { setRaw: (raw) => Deno.stdin.setRaw(raw), read: noKeys },
  },
  write: (text) => void Deno.stdout.writeSync(new TextEncoder().encode(text)),
  clock: systemClock,
  signal: new AbortController().signal,
});

function fail(): never {
  throw new Error("a mistake of ours");
}

if (Deno.args[0] === "rejection") Promise.resolve().then(fail);
else setTimeout(fail, 0);
