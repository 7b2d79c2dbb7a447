import process from "node:process";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { ConfigError, type Path } from "./problem.ts";

/** What a YAML text says, and where. */
export interface YamlText {
  readonly value: unknown;
  /** The line of what stands at `path`, or of the nearest that there is around it; from 1. */
  lineOf(path: Path): number | undefined;
}

/** How often aliases may be used: enough for a label on each of many targets, too few to fill a memory. */
const MAX_ALIASES = 10_000;

/** What the parser says, in the words of the other messages; the rest is its own. */
const WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "must not have the same key twice",
  TAB_AS_INDENT: "must be indented by spaces: there is a tab",
  MULTIPLE_DOCS: "must be one document: another begins here",
  RESOURCE_EXHAUSTION: "must not be nested this deeply",
};

/**
 * Reads YAML 1.2, of which JSON is a part.
 * @param file how the text is called in messages
 * @throws {ConfigError} for what is no YAML, with the line; of mistakes that follow from one another only the first
 */
export function readYaml(text: string, file: string): YamlText {
  if (text.includes("\uFFFD")) {
    const line = text.slice(0, text.indexOf("\uFFFD")).split("\n").length;
    throw new ConfigError(file, [{ path: [], line, message: "must be text in UTF-8: there is something else" }]);
  }
  const counter = new LineCounter();
  const document = withoutEnvironment(() =>
    parseDocument(text.replace(/^\uFEFF/, ""), { lineCounter: counter, prettyErrors: false, logLevel: "error" })
  );
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const { errors } = document;
  const twice = errors.filter(({ code }) => code === "DUPLICATE_KEY");
  const said = twice.length === errors.length ? twice : errors.slice(0, 1);
  if (said.length > 0) {
    throw new ConfigError(
      file,
      said.map(({ code, message, pos }) => ({ path: [], line: lineAt(pos[0]), message: wordsFor(code, message) })),
    );
  }
  return {
    value: valueOf(document, file),
    lineOf: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lineAt(offset);
    },
  };
}

function wordsFor(code: string, message: string): string {
  const first = message.split("\n")[0] ?? "";
  return WORDS[code] ?? `must be YAML or JSON: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
}

function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const unknown = /^Unresolved alias .*: (.*)$/.exec(text)?.[1];
    const message = unknown === undefined
      ? `must use aliases at most ${MAX_ALIASES} times, those within aliases included`
      : `must not use the alias '*${unknown}' before there is an anchor '&${unknown}'`;
    throw new ConfigError(file, [{ path: [], message }], { cause: error });
  }
}

/** Where what stands at `path` begins. In a mapping that is its key: the value may be empty, or stand below it. */
function offsetOf(document: Document, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined = document.contents?.range?.[0];
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
      if (pair === undefined) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === "number") {
      node = node.items[key];
      offset = rangeOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function rangeOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

/**
 * Runs `work`, which must not wait for anything, with no environment at all: the parser looks there for two switches of
 * its authors', which would need a permission that this program does not have.
 */
function withoutEnvironment<T>(work: () => T): T {
  const real = Object.getOwnPropertyDescriptor(process, "env");
  if (real === undefined) return work();
  Object.defineProperty(process, "env", { ...real, value: {} });
  try {
    return work();
  } finally {
    Object.defineProperty(process, "env", real);
  }
}
