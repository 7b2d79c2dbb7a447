import assert from "node:assert/strict";
import { fromSource, startProcess } from "../process.ts";

// The document against the recorder: schemathesis makes requests from it, good and bad, and looks whether each answer is
// one that the document describes.

/** Pinned: what a new version finds must not break a build that changed nothing. */
const VERSION = "4.32.5";
const CONFIG = new URL("./schemathesis.toml", import.meta.url).pathname;
const inCi = Deno.env.get("CI") === "true";
/** How long it may look, in s; `.ci/run` looks longer than a person wants to wait. */
const MAX_TIME_S = inCi ? 60 : 15;

async function run(
  [command = "", ...args]: readonly string[],
  cwd?: string,
): Promise<{ readonly code: number; readonly text: string }> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null", cwd }).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } catch (error) {
    return { code: -1, text: String(error) };
  }
}

/** Where it is installed, in a folder that later runs find again; or why it is not. */
async function install(): Promise<{ readonly program: string } | { readonly missing: string }> {
  const folder = `${Deno.env.get("TMPDIR") ?? "/tmp"}/ping-client-schemathesis-${VERSION}`;
  const program = `${folder}/bin/schemathesis`;
  if ((await run([program, "--version"])).code === 0) return { program };
  const venv = await run(["python3", "-m", "venv", folder]);
  if (venv.code !== 0) return { missing: `python3 -m venv does not work: install python3-venv` };
  const pip = await run([`${folder}/bin/pip`, "install", "--quiet", `schemathesis==${VERSION}`]);
  if (pip.code !== 0) return { missing: `pip could not install schemathesis ${VERSION}` };
  return { program };
}

const installed = await install();
// deno-lint-ignore no-console -- a skipped test must give its reason
if ("missing" in installed) console.log(`skipped: the OpenAPI document against the recorder: ${installed.missing}`);

Deno.test({
  name: "schemathesis finds no 5xx and no answer outside of the OpenAPI document",
  ignore: "missing" in installed,
  async fn() {
    assert.ok("program" in installed);
    const recorder = startProcess(fromSource("recorder", "--listen", "127.0.0.1:0"));
    const [, url] = await recorder.until(/the page is (http:\/\/127\.0\.0\.1:\d+)\//);
    // /events never ends; tests/recorder/event_hub_test.ts has it.
    const options = ["--exclude-path", "/events", "--generation-deterministic"];
    const limits = ["--max-examples", "25", "--max-time", String(MAX_TIME_S)];
    // It leaves notes where it runs.
    const folder = await Deno.makeTempDir();
    const command = [installed.program, "--no-color", "--config-file", CONFIG, "run", `${url}/openapi.json`];
    const { code, text } = await run([...command, ...options, ...limits], folder);
    await Deno.remove(folder, { recursive: true });
    recorder.kill("SIGTERM");
    const { output } = await recorder.ended;
    assert.equal(code, 0, `${text}\n${output}`);
    assert.match(text, /Test cases:\n\s+(\d{2,}) generated, \1 passed/);
    assert.doesNotMatch(output, / error /);
  },
});
