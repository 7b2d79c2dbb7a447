import * as v from "valibot";
import type { SettingsInput } from "../config.ts";
import type { Family, Target } from "../target.ts";
import { fileSchema, keysAt } from "./file_schema.ts";
import { fileTargets } from "./file_targets.ts";
import { ConfigError, formatValue, type Path, type Problem } from "./problem.ts";
import { nearest } from "./suggest.ts";
import { readYaml } from "./yaml.ts";

/** What a config file says. */
export interface ConfigFile {
  /** By the schema's names; only what the file has, without defaults. */
  readonly settings: SettingsInput;
  readonly family: Family;
  /** Undefined where the file names none; those without times of their own have none here. */
  readonly targets: readonly Target[] | undefined;
}

/**
 * Reads a config file and checks it as a whole.
 * @param text YAML, or JSON
 * @param file how it is called in messages
 * @param family which addresses are allowed, where the command line says so; default what the file says
 * @throws {ConfigError} with everything that is wrong
 */
export function readConfigFile(text: string, file: string, { family }: { readonly family?: Family } = {}): ConfigFile {
  const { value, lineOf } = readYaml(text, file);
  const problems: Problem[] = [];
  const said = new Set<string>();
  // One a place: what follows from a mistake is no help.
  const add = (path: Path, message: string) => {
    const place = JSON.stringify(path);
    if (said.has(place)) return;
    said.add(place);
    const line = lineOf(path);
    problems.push({ path, message, ...(line === undefined ? {} : { line }) });
  };
  if (!isMapping(value)) {
    const line = lineOf([]);
    const message = `must be a mapping of settings: it is ${formatValue(value)}`;
    throw new ConfigError(file, [{ path: [], message, ...(line === undefined ? {} : { line }) }]);
  }
  for (const path of unknownKeys(value)) add(path, sayUnknown(path));
  const checked = v.safeParse(fileSchema, value);
  for (const { path, message } of (checked.issues ?? []).flatMap((issue) => flatten(issue, []))) add(path, message);
  const { ipv4, ipv6, targets, groups, ...settings } = value;
  if (ipv4 === true && ipv6 === true) add(["ipv6"], "must not be true where ipv4 is: it is true");
  const own: Family = ipv4 === true ? "ipv4" : ipv6 === true ? "ipv6" : "any";
  const wanted = family ?? own;
  const named = fileTargets(targets, groups, { family: wanted, add });
  if (problems.length > 0) throw new ConfigError(file, problems);
  return { settings: camelKeys(settings), family: wanted, targets: named };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An issue with its path and words; a union's as that of the branch which the value was meant for. */
function flatten(issue: v.BaseIssue<unknown>, before: Path): { readonly path: Path; readonly message: string }[] {
  const path = [...before, ...(issue.path ?? []).map(({ key }) => typeof key === "number" ? key : String(key))];
  if (issue.type === "union" && isMapping(issue.input)) {
    const inner = (issue.issues ?? []).filter((sub) => sub.path !== undefined);
    return inner.flatMap((sub) => flatten(sub, path));
  }
  return [{ path, message: wordsFor(issue) }];
}

function sayUnknown(path: Path): string {
  const meant = nearest(String(path.at(-1)), keysAt(path.slice(0, -1)));
  return `is no known setting${meant === undefined ? "" : `: did you mean ${meant}?`}`;
}

/** Every key that no schema has: valibot itself names only the first of each mapping. */
function unknownKeys(file: Readonly<Record<string, unknown>>): Path[] {
  const { targets, groups } = file;
  const places: [Path, unknown][] = [
    [[], file],
    ...Object.entries(Array.isArray(targets) ? targets : []).map((
      [index, target],
    ): [Path, unknown] => [["targets", Number(index)], target]),
    ...Object.entries(isMapping(groups) ? groups : {}).map((
      [name, group],
    ): [Path, unknown] => [["groups", name], group]),
  ];
  return places.flatMap(([path, value]) => {
    const known = keysAt(path);
    return Object.keys(isMapping(value) ? value : {}).filter((key) => !known.includes(key)).map((
      key,
    ) => [...path, key]);
  });
}

function wordsFor(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "strict_object" && issue.path !== undefined && issue.received === "undefined") return "is missing";
  const said = `${issue.message}: it is ${formatValue(issue.input)}`;
  return issue.type === "string" && isPlainScalar(issue.input) ? `${said}, a ${typeof issue.input}: quote it` : said;
}

function isPlainScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function camelKeys(settings: Readonly<Record<string, unknown>>): SettingsInput {
  const camel = (key: string) => key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [camel(key), value]));
}
