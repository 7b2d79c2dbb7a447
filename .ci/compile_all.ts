// deno-lint-ignore-file no-console -- it says what it made
// Compiles the program for every kind of machine that Deno offers, into dist/, with their SHA256SUMS.
// `deno task compile:all [TRIPLE…]` takes some of them. Where a runtime can't be had, that one is named and left out.
const TRIPLES = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

const wanted = Deno.args.length === 0 ? TRIPLES : Deno.args;
const unknown = wanted.find((triple) => !TRIPLES.includes(triple));
if (unknown !== undefined) {
  console.error(`Cannot compile for '${unknown}': it must be one of ${TRIPLES.join(", ")}`);
  Deno.exit(2);
}

async function deno(...args: string[]): Promise<boolean> {
  return (await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn().status).success;
}

/** The words of the task `compile` in deno.json, so that every binary is sealed alike. */
async function compileFlags(): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  const words = tasks.compile.split("deno compile ")[1].split(" ");
  return words.slice(0, words.indexOf("-o"));
}

if (!await deno("task", "bundle")) Deno.exit(1);
const flags = await compileFlags();
const sums: string[] = [];
const missing: string[] = [];
for (const triple of wanted) {
  const name = `ping-client-${triple}${triple.includes("windows") ? ".exe" : ""}`;
  if (!await deno("compile", ...flags, "--target", triple, "-o", `dist/${name}`, "dist/ping-client.js")) {
    missing.push(triple);
    continue;
  }
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`dist/${name}`));
  sums.push(`${new Uint8Array(digest).toHex()}  ${name}\n`);
}
await Deno.writeTextFile("dist/SHA256SUMS", sums.join(""));
console.log(`made ${sums.length} of ${wanted.length}, with dist/SHA256SUMS`);
if (missing.length > 0) console.error(`not made: ${missing.join(", ")}`);
Deno.exit(missing.length === 0 ? 0 : 1);
