import { basename, dirname } from "node:path";
import type { Clock } from "../clock.ts";

export interface WatchFilesOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long a change may take to be complete, in ms. Default 200. */
  readonly settleMs?: number;
}

/** A mounted Kubernetes volume changes by renaming this link in its folder. */
const VOLUME_LINK = "..data";

/**
 * Calls `onChange` after one of `paths` was written, replaced or put back, until the signal aborts. The folders are
 * watched, because an editor that replaces a file leaves whoever watches the file itself with the old one.
 */
export async function watchFiles(
  paths: readonly string[],
  onChange: () => void,
  { clock, signal, settleMs = 200 }: WatchFilesOptions,
): Promise<void> {
  const all = new Set<string>();
  for (const path of paths) {
    all.add(path);
    // What a link points to is written in its own folder.
    all.add(await Deno.realPath(path).catch(() => path));
  }
  if (signal.aborted) return;
  const names = new Set([...[...all].map((path) => basename(path)), VOLUME_LINK]);
  const watcher = Deno.watchFs([...new Set([...all].map((path) => dirname(path)))], { recursive: false });
  const close = () => watcher.close();
  signal.addEventListener("abort", close, { once: true });
  let settling: Promise<void> | undefined;
  for await (const { kind, paths: changed } of watcher) {
    if (kind === "access" || !changed.some((path) => names.has(basename(path)))) continue;
    settling ??= clock.sleep(settleMs, signal).then(() => {
      settling = undefined;
      if (!signal.aborted) onChange();
    });
  }
  await settling;
}
