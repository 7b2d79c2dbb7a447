import { type Config, kebab, type Settings } from "../config.ts";
import type { Target } from "../target.ts";

/** What a change of each setting touches; of those that are not here, the whole program. */
const TOUCHES: Readonly<Record<string, "targets" | "courier">> = {
  interval: "targets",
  timeout: "targets",
  recorder: "courier",
  client: "courier",
  tokenFile: "courier",
};

/** What differs between the settings that run and those that are wanted. */
export interface SettingChanges {
  /** Results must go elsewhere, or under another name. */
  readonly courier: boolean;
  /** Settings, as options are spelled, that only a restart can change. */
  readonly restart: readonly string[];
  /** What runs afterwards: all that is wanted, except what needs a restart. */
  readonly settings: Settings;
}

/** Compares settings. Those that touch the targets show in the targets. */
export function settingChanges(running: Settings, wanted: Settings): SettingChanges {
  const keys = [...new Set([...Object.keys(running), ...Object.keys(wanted)])] as (keyof Settings)[];
  const changed = keys.filter((key) => JSON.stringify(running[key]) !== JSON.stringify(wanted[key]));
  // Without a recorder the program hosts one, and that is done at the start.
  const mustHost = wanted.recorder === undefined && running.recorder !== undefined;
  const canChange = (key: string) => TOUCHES[key] === "targets" || (TOUCHES[key] === "courier" && !mustHost);
  const restart = changed.filter((key) => !canChange(key));
  return {
    courier: changed.some((key) => canChange(key) && TOUCHES[key] === "courier"),
    restart: restart.map(kebab),
    settings: { ...wanted, ...Object.fromEntries(restart.map((key) => [key, running[key]])) },
  };
}

/** Which targets differ, by host. */
export interface TargetChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

export function targetChanges(running: readonly Target[], wanted: readonly Target[]): TargetChanges {
  const before = new Map(running.map((target) => [target.host, JSON.stringify(target)]));
  let added = 0;
  let changed = 0;
  for (const target of wanted) {
    const old = before.get(target.host);
    if (old === undefined) added++;
    else if (old !== JSON.stringify(target)) changed++;
    before.delete(target.host);
  }
  return { added, removed: before.size, changed };
}

/**
 * The targets as a watch that began with other defaults must have them: a time of its own for each that now differs from
 * what the watch takes for granted, and none for the others, so that those stay as they are.
 */
export function rebase(
  targets: readonly Target[],
  wanted: Pick<Config, "intervalMs" | "timeoutMs">,
  began: Pick<Config, "intervalMs" | "timeoutMs">,
): readonly Target[] {
  return targets.map(({ host, name, family, intervalMs, timeoutMs, ...rest }) => {
    const interval = intervalMs ?? wanted.intervalMs;
    const timeout = timeoutMs ?? wanted.timeoutMs;
    return {
      host,
      ...(name === undefined ? {} : { name }),
      family,
      ...(interval === began.intervalMs ? {} : { intervalMs: interval }),
      ...(timeout === began.timeoutMs ? {} : { timeoutMs: timeout }),
      ...rest,
    };
  });
}
