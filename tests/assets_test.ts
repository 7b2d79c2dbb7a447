import assert from "node:assert/strict";
import { manPage } from "../lib/assets/man.ts";
import { run } from "../lib/engine/command.ts";
import { allTexts, ownTexts, printed } from "./help_texts.ts";
import { say } from "./say.ts";

async function has(program: string): Promise<boolean> {
  return (await run("sh", ["-c", `command -v ${program}`], { killAfterMs: 5000 })).code === 0;
}

const there = {
  groff: await has("groff"),
  mandoc: await has("mandoc"),
  "systemd-analyze": await has("systemd-analyze"),
};
for (const [program, is] of Object.entries(there)) {
  if (!is) say(`skipped: an asset is not tried: ${program} is not installed`);
}

async function withFile(name: string, text: string, body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    await body(`${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Standard output and error of a program, whatever its exit code. */
async function said(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(program, args, { killAfterMs: 60_000, maxBytes: 1_000_000 });
  return stdout + stderr;
}

Deno.test({
  name: "the manual page has every option and exit code, and groff finds nothing to warn of",
  ignore: !there.groff,
  fn: async () =>
    await withFile("ping-client.1", await printed("assets", "man"), async (path) => {
      assert.equal(await said("groff", "-man", "-ww", "-z", "-Tutf8", path), "");
      // As text: no bold, no hyphenation.
      const page = await said("groff", "-man", "-Tascii", "-P-cbou", "-rHY=0", path);
      for (const { name, options } of allTexts()) {
        for (const { long } of options) assert.ok(page.includes(long), `${name} ${long}`);
      }
      assert.match(page, /^EXIT STATUS\n +0 +a clean end\n/m);
      assert.match(page, /^ +ping-client --once router=192\.0\.2\.1 +one round, as a table$/m);
    }),
});

Deno.test({
  name: "the manual page passes mandoc's lint, but for the date that a reproducible page has not",
  ignore: !there.mandoc,
  fn: async () =>
    await withFile("ping-client.1", await printed("assets", "man"), async (path) => {
      const lines = (await said("mandoc", "-Tlint", path)).split("\n").filter((line) => line !== "");
      assert.deepEqual(lines.filter((line) => !line.includes("missing date")), []);
    }),
});

Deno.test("the manual page keeps roff from reading our text as its own", () => {
  const page = manPage({ ...ownTexts(), about: ".start 'here\\n now" });
  assert.ok(page.includes("\n\\&.start 'here\\en now\n"), page.slice(0, 900));
  assert.ok(page.includes("\nping\\-client .x \\ey\n"));
});

Deno.test({
  name: "the unit for systemd passes systemd-analyze verify, and is exposed at 2.0 at most",
  ignore: !there["systemd-analyze"],
  async fn() {
    const unit = await printed("assets", "systemd");
    // verify wants the program to be there.
    const runnable = unit.replaceAll("/usr/local/bin/ping-client", "/bin/true");
    assert.notEqual(runnable, unit);
    await withFile("ping-client.service", runnable, async (path) => {
      assert.equal(await said("systemd-analyze", "verify", "--man=no", path), "");
      const security = await said("systemd-analyze", "security", "--offline=true", "--no-pager", path);
      const exposure = Number(/exposure level for ping-client\.service: (\d+\.\d+)/.exec(security)?.[1]);
      assert.ok(exposure <= 2.0, security);
    });
  },
});

Deno.test("the unit for systemd starts the program with options that it has", async () => {
  const unit = await printed("assets", "systemd");
  const [, start = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  const known = new Set(ownTexts().options.map(({ long }) => long));
  const used = start.split(" ").filter((word) => word.startsWith("--"));
  assert.ok(used.includes("--systemd"));
  for (const option of used) assert.ok(known.has(option), option);
  // Three signs of life before systemd gives up.
  assert.match(unit, /^WatchdogSec=60$/m);
  assert.match(unit, /^NotifyAccess=all$/m);
  assert.match(unit, /^MemoryDenyWriteExecute=no$/m);
});
