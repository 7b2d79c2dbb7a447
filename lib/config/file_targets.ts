import type { Family, Target } from "../target.ts";
import { parseTargets } from "../target_range.ts";
import type { GroupInput, TargetInput } from "./file_schema.ts";
import { formatPath, type Path } from "./problem.ts";
import { nearest } from "./suggest.ts";

export interface FileTargetsOptions {
  readonly family: Family;
  /** Takes each thing that is wrong. */
  readonly add: (path: Path, message: string) => void;
}

/**
 * The targets of a config file, each with the settings of its group and its own. What the schema refuses is passed over
 * here, so that one run finds every mistake.
 * @param targets `targets` as the file has it
 * @param groups `groups` as the file has it
 */
export function fileTargets(
  targets: unknown,
  groups: unknown,
  { family, add }: FileTargetsOptions,
): readonly Target[] | undefined {
  if (!Array.isArray(targets)) return undefined;
  const known = new Map(isMapping(groups) ? Object.entries(groups) as [string, GroupInput][] : []);
  const seen = new Map<string, Path>();
  const all: Target[] = [];
  for (const [index, entry] of targets.entries()) {
    const input = typeof entry === "string" ? entry : isMapping(entry) ? entry as Partial<TargetInput> : undefined;
    if (input === undefined) continue;
    const path: Path = typeof input === "string" ? ["targets", index] : ["targets", index, "host"];
    if (typeof input !== "string") {
      checkGroup(input.group, known, (message) => add(["targets", index, "group"], message));
    }
    const parsed = parse(input, family, (message) => add(path, message));
    for (const target of parsed) {
      const key = target.host.toLowerCase();
      const first = seen.get(key);
      if (first === undefined) seen.set(key, path);
      else add(path, `must not be a host that is there already, as ${formatPath(first)}: it is '${target.host}'`);
      // Beyond a few targets `push(...parsed)` would meet the limit of arguments.
      all.push(typeof input === "string" ? target : { ...target, ...ownSettings(input, known) });
    }
  }
  return all;
}

function parse(input: string | Partial<TargetInput>, family: Family, say: (message: string) => void): Target[] {
  const { host, name } = typeof input === "string" ? { host: input, name: undefined } : input;
  if (typeof host !== "string") return [];
  if (typeof input !== "string" && host.includes("=")) {
    say(`must be a host alone, with its name under name: it is '${host}'`);
    return [];
  }
  const named = typeof name === "string" && /^[^=\p{Cc}]{1,200}$/u.test(name);
  try {
    return parseTargets(named ? `${name}=${host}` : host, { family });
  } catch (error) {
    say((error as Error).message);
    return [];
  }
}

/** A file that lists its groups means one of them: a misspelled one would lose its settings in silence. */
function checkGroup(group: unknown, known: ReadonlyMap<string, unknown>, say: (message: string) => void): void {
  if (typeof group !== "string" || known.size === 0 || known.has(group)) return;
  const meant = nearest(group, [...known.keys()]);
  say(`must be one of the groups: it is '${group}'${meant === undefined ? "" : `: did you mean ${meant}?`}`);
}

function ownSettings(input: Partial<TargetInput>, groups: ReadonlyMap<string, GroupInput>): Partial<Target> {
  const group = input.group === undefined ? undefined : groups.get(input.group);
  const interval = input.interval ?? group?.interval;
  const timeout = input.timeout ?? group?.timeout;
  const size = input.size ?? group?.size;
  const labels = { ...group?.labels, ...input.labels };
  return {
    ...(interval === undefined ? {} : { intervalMs: interval * 1000 }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
    ...(size === undefined ? {} : { sizeBytes: size }),
    ...(input.group === undefined ? {} : { group: input.group }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
