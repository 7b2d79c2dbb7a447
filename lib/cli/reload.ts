import { type Clock, systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { rebase, settingChanges, targetChanges } from "../config/changes.ts";
import { ConfigError } from "../config/problem.ts";
import type { Courier } from "../drain.ts";
import type { Watch } from "../engine.ts";
import type { Log } from "../log.ts";
import type { Target } from "../target.ts";
import type { CourierSwitch } from "./courier_switch.ts";
import type { CliIo } from "./io.ts";
import { type Plan, type PlanReader, targetsOf } from "./plan.ts";
import { watchFiles } from "./watch_files.ts";

export interface ReloadOptions {
  readonly reader: PlanReader;
  /** What runs. */
  readonly plan: Plan;
  /** Undefined: results go nowhere. */
  readonly courier?: CourierSwitch;
  /** Makes a courier to where `config` says. */
  readonly courierTo: (config: Config) => Promise<Courier>;
  readonly log: Log;
  readonly io: Pick<CliIo, "onReload">;
  /** Called with the targets when they have changed. */
  readonly onTargets?: (targets: readonly Target[]) => void;
  /** Reads the files again when they change, too. Default false. */
  readonly watchFiles?: boolean;
  readonly clock?: Clock;
}

/** Brings a running client to what its files say now. */
export interface Reload {
  /** Who is pinged at the moment. */
  readonly targets: readonly Target[];
  /** Takes the watch that is to follow the files, and begins to listen. */
  readonly begin: (watch: Watch) => void;
  /** Stops listening; resolves when nothing is under way any more. */
  readonly end: () => Promise<void>;
  /** Reads the files now; the answer to a signal, or to a file that changed. Never throws. */
  readonly run: (why: "asked" | "changed") => Promise<void>;
}

/** Only what differs changes: targets through the watch, the recorder through the courier; the outbox is never touched. */
export function createReload(options: ReloadOptions): Reload {
  const { reader, plan: first, courier, log, io, clock = systemClock } = options;
  const ended = new AbortController();
  let plan = first;
  let targets = targetsOf(first);
  let watch: Watch | undefined;
  let stopListening = () => {};
  let watching: Promise<void> | undefined;
  /** One at a time; what is asked for meanwhile is one more. */
  let running: Promise<void> | undefined;
  let again: "asked" | "changed" | undefined;

  async function apply(wanted: Plan, why: "asked" | "changed"): Promise<void> {
    const { courier: elsewhere, restart, settings } = settingChanges(plan.settings, wanted.settings);
    // All that can fail comes first: a bad file changes nothing.
    const next = courier !== undefined && elsewhere ? await options.courierTo(wanted.config) : undefined;
    if (ended.signal.aborted) return;
    const wantedTargets = rebase(targetsOf(wanted), wanted.config, first.config);
    const changes = targetChanges(targets, wantedTargets);
    const { added, removed, changed } = changes;
    if (restart.length > 0) {
      log.warn("{settings} changed in the config: this needs a restart", { settings: restart.join(", ") });
    }
    if (added + removed + changed === 0 && next === undefined) {
      const say = why === "asked" && restart.length === 0 ? log.info : log.debug;
      return say("config read again: nothing to change");
    }
    targets = wantedTargets;
    if (next !== undefined) courier?.replace(next);
    else if (added > 0) courier?.refresh();
    watch?.update(targets);
    options.onTargets?.(targets);
    plan = { ...wanted, settings };
    log.info("config read again: {added} targets added, {removed} removed, {changed} changed{elsewhere}", {
      ...changes,
      elsewhere: next === undefined
        ? ""
        : `; results now go to ${wanted.config.recorderUrl} as ${wanted.config.client}`,
    });
  }

  async function readOnce(why: "asked" | "changed"): Promise<void> {
    try {
      await apply(await reader.read(), why);
    } catch (error) {
      const lines = error instanceof ConfigError
        ? error.lines
        : [error instanceof Error ? error.message : String(error)];
      for (const line of lines) log.error("config not changed: {line}", { line });
    }
  }

  async function readAll(why: "asked" | "changed"): Promise<void> {
    for (let next: typeof again = why; next !== undefined; next = again) {
      again = undefined;
      await readOnce(next);
    }
    running = undefined;
  }

  function run(why: "asked" | "changed"): Promise<void> {
    if (running === undefined) running = readAll(why);
    else again = again === "asked" ? again : why;
    return running;
  }

  return {
    get targets() {
      return targets;
    },
    run,
    begin(begun) {
      watch = begun;
      if (reader.files.length === 0) return;
      stopListening = io.onReload?.(() => void run("asked")) ?? stopListening;
      if (options.watchFiles !== true) return;
      watching = watchFiles(reader.files, () => void run("changed"), { clock, signal: ended.signal }).catch((error) =>
        log.error("Cannot watch the config: {reason}", { reason: String(error?.message ?? error) })
      );
    },
    async end() {
      ended.abort();
      stopListening();
      await Promise.all([running, watching]);
    },
  };
}
