import assert from "node:assert/strict";
import { run } from "../lib/engine/command.ts";
import { allTexts, printed } from "./help_texts.ts";
import { say } from "./say.ts";
import { hasTmux, openTerminal } from "./tmux.ts";

async function has(program: string): Promise<boolean> {
  return (await run("sh", ["-c", `command -v ${program}`], { killAfterMs: 5000 })).code === 0;
}

const there = { bash: await has("bash"), zsh: await has("zsh"), fish: await has("fish"), tmux: await hasTmux() };
for (const [program, is] of Object.entries(there)) {
  if (!is) say(`skipped: completion in a real shell: ${program} is not installed`);
}

/** Runs `body` with a folder that holds the script, and a file and a folder with a space to complete. */
async function withScript(shell: string, body: (folder: string, script: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/_ping-client`;
    await Deno.writeTextFile(script, await printed("completion", shell));
    await Deno.writeTextFile(`${folder}/hosts.txt`, "");
    await Deno.mkdir(`${folder}/my hosts`);
    await body(folder, script);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Command lines (the last word is being typed) and what each must and must not offer. */
const CASES: readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
  [["--lo"], ["--log", "--log-level"], ["--once", "--listen"]],
  [["--log", ""], ["json", "text"], ["--once"]],
  [["--interval", "5", "--engine", "f"], ["fping"], ["ping"]],
  [["--targets", "ho"], ["hosts.txt"], ["--once"]],
  [["re"], ["recorder"], ["assets"]],
  [["recorder", "--li"], ["--listen"], ["--live"]],
  [["recorder", "--log-level", "d"], ["debug"], ["info"]],
  [["completion", ""], ["bash", "zsh", "fish"], ["recorder"]],
  [["assets", "s"], ["systemd"], ["man"]],
];

Deno.test({
  name: "completion bash offers options, values, files and commands",
  ignore: !there.bash,
  fn: () =>
    withScript("bash", async (folder, script) => {
      for (const [words, wanted, unwanted] of CASES) {
        const ask = `cd "$1"; source "$2"; shift 2; COMP_WORDS=(ping-client "$@"); COMP_CWORD=$#; _ping_client; ` +
          `printf '%s\\n' "\${COMPREPLY[@]}"`;
        const { stdout, stderr } = await run("bash", ["--norc", "-c", ask, "bash", folder, script, ...words], {
          killAfterMs: 10_000,
        });
        assert.equal(stderr, "");
        check(words, stdout.split("\n"), wanted, unwanted);
      }
    }),
});

Deno.test({
  name: "completion bash works at a prompt, after an equals sign too",
  ignore: !there.bash || !there.tmux,
  fn: () =>
    withScript("bash", async (folder, script) => {
      await using terminal = await openTerminal(`cd ${folder}; PS1='> ' exec bash --norc`);
      await terminal.type(`source ${script}\n`);
      await terminal.type("ping-client --log=js\t--targets my\t");
      await terminal.until(/--log=json --targets my\\ hosts\//);
    }),
});

Deno.test({
  name: "completion zsh works at a prompt",
  ignore: !there.zsh || !there.tmux,
  fn: () =>
    withScript("zsh", async (folder, script) => {
      await using terminal = await openTerminal(`cd ${folder}; exec zsh -f`);
      await terminal.type(`PS1='> '; autoload -U compinit; compinit -D -u; source ${script}\n`);
      await terminal.type("clear\n");
      for (
        const [typed, expected] of [
          ["ping-client --eng\t=fp\t", /--engine=fping/],
          ["ping-client --targets hos\t", /--targets hosts\.txt/],
          ["ping-client reco\t--lis\t", /recorder --listen=/],
          ["ping-client recorder --log-level d\t", /--log-level debug/],
          ["ping-client completion f\t", /completion fish/],
        ] as const
      ) {
        await terminal.type(typed);
        await terminal.until(expected);
        await terminal.press("C-u");
        await terminal.type("clear\n");
      }
    }),
});

Deno.test({
  name: "completion fish offers options, values, files and commands",
  ignore: !there.fish,
  fn: () =>
    withScript("fish", async (folder, script) => {
      for (const [words, wanted, unwanted] of CASES) {
        const ask = `cd ${folder}; source ${script}; complete -C 'ping-client ${words.join(" ")}'`;
        const { stdout, stderr } = await run("fish", ["--no-config", "-c", ask], { killAfterMs: 10_000 });
        assert.equal(stderr, "");
        check(words, stdout.split("\n").map((line) => line.split("\t")[0] ?? ""), wanted, unwanted);
      }
    }),
});

function check(
  words: readonly string[],
  offered: readonly string[],
  wanted: readonly string[],
  not: readonly string[],
) {
  for (const word of wanted) assert.ok(offered.includes(word), `${words.join(" ")}: ${word} not in ${offered}`);
  for (const word of not) assert.ok(!offered.includes(word), `${words.join(" ")}: ${word} in ${offered}`);
}

Deno.test("completion knows every option of every command in every shell", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = await printed("completion", shell);
    for (const { options } of allTexts()) {
      for (const { long } of options) {
        assert.ok(script.includes(shell === "fish" ? `-l ${long.slice(2)} ` : long), `${shell}: ${long}`);
      }
    }
  }
});
