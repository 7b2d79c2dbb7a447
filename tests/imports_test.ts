import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

/** Who may import whom, by layer: a file imports only from layers below its own, or what `WITHIN` allows. */
const LAYERS: readonly (readonly RegExp[])[] = [
  [/^lib\/(result|clock|backoff|recorder_contract|engine_events)\.ts$/],
  [/^lib\/(log|help_texts)\.ts$/, /^lib\/log\//],
  [/^lib\/(target|target_range|target_list|verdict|http)\.ts$/, /^lib\/notify\/(alert|destination)\.ts$/],
  [/^lib\/(outbox|config|engine|recorder_answers)\.ts$/, /^lib\/metrics\//, /^lib\/recorder\/store\.ts$/],
  [
    /^lib\/config\//,
    /^lib\/drain\//,
    /^lib\/engine\//,
    /^lib\/outbox\//,
    /^lib\/(live|notify|assets|completion)\//,
    /^lib\/recorder\/(?!routes\/|(app|serve|metrics_route)\.ts)/,
  ],
  [/^lib\/recorder\/routes\//, /^lib\/(drain|live|notify|progress|systemd|completion)\.ts$/],
  [/^lib\/recorder\/(app|serve|metrics_route)\.ts$/, /^lib\/(recorder_api|ledger|failover|delivery_spans)\.ts$/],
  [/^lib\/(metrics|assets)\.ts$/],
  [/^lib\/client\.ts$/],
  [/^lib\/cli\//],
  [/^lib\/cli\.ts$/],
  [/^main\.ts$/],
];

/** The only files that may name an engine, an outbox or a store. */
const PICKERS = /^lib\/(client|engine|cli)\.ts$|^lib\/cli\//;
const IMPLEMENTATION = /^lib\/(engine|outbox|recorder)\/(ping|fping|memory|sqlite|postgres)\.ts$/;

async function* sources(folder = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (/\.ts$/.test(name)) yield folder + name;
  }
}

async function importsOf(file: string): Promise<{ readonly to: string; readonly typeOnly: boolean }[]> {
  const text = await Deno.readTextFile(new URL(file, ROOT));
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^;"']*?from\s+"(\.[^"]+\.ts)"|^import\s+"(\.[^"]+)"/gm);
  return [...found].map(([, type, from, bare]) => ({
    to: new URL(from ?? bare ?? "", new URL(file, ROOT)).href.slice(ROOT.href.length),
    typeOnly: type !== undefined,
  }));
}

function layerOf(file: string): number {
  return LAYERS.findIndex((patterns) => patterns.some((pattern) => pattern.test(file)));
}

async function program(): Promise<string[]> {
  const files = ["main.ts"];
  for await (const file of sources("lib/")) files.push(file);
  return files;
}

Deno.test("every file of the program has a layer", async () => {
  for (const file of await program()) {
    assert.notEqual(layerOf(file), -1, `${file} is in no layer: say in tests/imports_test.ts where it belongs`);
  }
});

Deno.test("imports point one way", async () => {
  for (const file of await program()) {
    for (const { to, typeOnly } of await importsOf(file)) {
      const picks = PICKERS.test(file) && (IMPLEMENTATION.test(to) || to.startsWith(file.replace(/\.ts$/, "/")));
      const sameFolder = layerOf(file) === layerOf(to) &&
        file.split("/").slice(0, -1).join() === to.split("/").slice(0, -1).join();
      const inner = layerOf(file) === layerOf(to) && to.startsWith(file.slice(0, file.lastIndexOf("/") + 1));
      assert.ok(
        picks || sameFolder || inner || layerOf(to) < layerOf(file),
        `${file} must not import ${to}${typeOnly ? " (type)" : ""}`,
      );
    }
  }
});

Deno.test("only the places that pick one name an implementation", async () => {
  for (const file of await program()) {
    for (const { to } of await importsOf(file)) {
      if (IMPLEMENTATION.test(to)) assert.match(file, PICKERS, `${file} names ${to}`);
    }
  }
});

Deno.test("implementations of one interface never import each other", async () => {
  const kinds = [
    /^lib\/engine\/ping/,
    /^lib\/engine\/fping/,
    /^lib\/outbox\/memory/,
    /^lib\/outbox\/(sqlite|spool)/,
    /^lib\/recorder\/sqlite/,
    /^lib\/recorder\/postgres/,
  ];
  const kindOf = (file: string) => kinds.findIndex((kind) => kind.test(file));
  for (const file of await program()) {
    for (const { to } of await importsOf(file)) {
      const both = kindOf(file) !== -1 && kindOf(to) !== -1;
      assert.ok(!both || kindOf(file) === kindOf(to), `${file} must not import its sibling ${to}`);
    }
  }
});

Deno.test("result.ts and recorder_contract.ts import nothing", async () => {
  for (const file of ["lib/result.ts", "lib/recorder_contract.ts"]) assert.deepEqual(await importsOf(file), []);
});

/** Where children are started: `command.ts`, and the thread that reads fping's pipes, which can import nothing. */
const STARTS_CHILDREN = ["lib/engine/command.ts", "lib/engine/fping_thread.ts"];

Deno.test("Deno.Command stands where children are started, and argv, exit and signals only in main.ts", async () => {
  for (const file of await program()) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    if (!STARTS_CHILDREN.includes(file)) assert.doesNotMatch(text, /Deno\.Command\b/, file);
    if (file !== "main.ts") assert.doesNotMatch(text, /Deno\.(args|exit|addSignalListener)\b/, file);
    assert.doesNotMatch(text, /Deno\.env\b|process\.env\b/, file);
  }
});
