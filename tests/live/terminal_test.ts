import assert from "node:assert/strict";
import { fromSource, startProcess } from "../process.ts";
import { plainAnswer, startTestRecorder } from "../misbehaving_recorder.ts";
import { say } from "../say.ts";
import { hasTmux, openTerminal, shellWords } from "../tmux.ts";

const ignore = !await hasTmux();
if (ignore) say("skipped: the live view in a real terminal: tmux is not installed");

function onDisk(...args: string[]): string[] {
  const [deno = "", run = "", ...rest] = fromSource(...args);
  return [deno, run, "--allow-read", "--allow-write", ...rest];
}

/** Runs the client in a terminal; after it the shell says how it ended and how the terminal is set. */
function inTerminal(words: readonly string[]): string {
  return `stty > /tmp/before-$$; ${shellWords(words)}; echo "ended with $?"; ` +
    `stty > /tmp/after-$$; cmp /tmp/before-$$ /tmp/after-$$ && echo "as it was"; rm /tmp/before-$$ /tmp/after-$$; cat`;
}

Deno.test({
  name: "the live view in a real terminal shows, sorts, scrolls, follows a resize and gives the terminal back",
  ignore,
  async fn() {
    const recorder = startTestRecorder();
    const targets = Array.from({ length: 30 }, (_, n) => `t${String(n + 1).padStart(2, "0")}=127.0.0.${n + 1}`);
    const command = inTerminal(fromSource(
      "--live",
      "--recorder",
      recorder.url,
      "--interval",
      "0.5",
      "--timeout",
      "0.5",
      "bad=nothing.invalid",
      ...targets,
    ));
    await using terminal = await openTerminal(command, { columns: 100, rows: 20 });

    const first = await terminal.until(/ 1 failed {2}30 up /);
    assert.match(first, /^ TARGET +LAST +MIN +MEDIAN +P95 +LOSS +RECENT +STATE▼$/m);
    assert.match(first, /^ bad \(nothing\.invalid\) +failed .* failed$/m, "problems first");
    assert.match(first, /^ t01 \(127\.0\.0\.1\) +\d\.\d{3} +\d\.\d{3} +\d\.\d{3} +\d\.\d{3} +0% {2}[▁▂▃▄▅▆▇█]+ +up$/m);
    // The log stands in the footer.
    await terminal.until(/^ \d\d:\d\d:\d\d warning failed bad \(nothing\.invalid\) \(unresolved\)/m);
    assert.match(first, /1-14 of 31$/m);
    assert.equal(await terminal.ask("#{alternate_on} #{cursor_flag}"), "1 0");

    await terminal.press("NPage");
    await terminal.until(/14-27 of 31$/m);
    await terminal.press("End");
    assert.match(await terminal.until(/18-31 of 31$/m), /^ t30 /m);
    await terminal.press("Home", "j", "Down", "k");
    await terminal.until(/2-15 of 31$/m);
    await terminal.press("n");
    assert.match(await terminal.until(/TARGET▼/), /STATE▼?\n bad [^\n]*\n t01 /);
    await terminal.press("n");
    assert.match(await terminal.until(/TARGET▲/), /\n t30 /);

    await terminal.resize(40, 12);
    const narrow = await terminal.until(/TARGET▲ +LAST +LOSS +STATE$/m);
    assert.match(narrow, /1-8 of 31$/m);
    await terminal.resize(140, 30);
    assert.match(await terminal.until(/1-24 of 31$/m), /^ t30 \(127\.0\.0\.30\)/m);

    await terminal.press("q");
    const end = await terminal.until(/as it was/);
    assert.match(end, /stopped: \d+ measured .* 0 waiting, 0 rejected, 0 dropped\s+ended with 0/);
    assert.equal(await terminal.ask("#{alternate_on} #{cursor_flag}"), "0 1");
    await recorder.close();
  },
});

Deno.test({
  name: "the live view ends by Ctrl-C and by SIGTERM, and gives the terminal back each time",
  ignore,
  async fn() {
    const recorder = startTestRecorder();
    for (const how of ["C-c", "SIGTERM"]) {
      const command = inTerminal(fromSource("--live", "--recorder", recorder.url, "--interval", "0.5", "me=127.0.0.1"));
      await using terminal = await openTerminal(command);
      await terminal.until(/ 1 up /);
      if (how === "C-c") await terminal.press("C-c");
      else {
        const shell = await terminal.ask("#{pane_pid}");
        const { stdout } = await new Deno.Command("ps", { args: ["--ppid", shell, "-o", "pid="] }).output();
        Deno.kill(Number(new TextDecoder().decode(stdout).trim()), "SIGTERM");
      }
      assert.match(await terminal.until(/as it was/), /ended with 0/);
      assert.equal(await terminal.ask("#{alternate_on} #{cursor_flag}"), "0 1");
    }
    await recorder.close();
  },
});

Deno.test({
  name: "a backlog that drains has a bar on a terminal, which log lines do not tear and which goes in the end",
  ignore,
  async fn() {
    const recorder = startTestRecorder(() => new Response(null, { status: 503 }));
    const folder = await Deno.makeTempDir();
    try {
      const common = ["--recorder", recorder.url, "--spool", `${folder}/spool`, "--timeout", "0.2"];
      const targets = Array.from({ length: 60 }, (_, n) => `127.0.0.${n + 1}`);
      const before = onDisk(...common, "--interval", "0.2", "--rounds", "20", ...targets);
      assert.match((await startProcess(before).ended).output, / 1200 waiting, /);
      recorder.answer = plainAnswer;
      const command = inTerminal(onDisk(...common, "--drain-rate", "300", "--log-level", "debug", ...targets));
      await using terminal = await openTerminal(command, { columns: 100, rows: 30 });
      const bar = await terminal.until(/^sending \[█*░*\] +\d+% {2}\d+ of 1[23]\d\d(, \d+\/s)?$/m);
      assert.equal(bar.match(/sending/g)?.length, 1);
      await terminal.press("C-c");
      assert.doesNotMatch(await terminal.until(/as it was/), /sending \[/);
    } finally {
      await Deno.remove(folder, { recursive: true });
      await recorder.close();
    }
  },
});

Deno.test("--live without a terminal is refused in one line", async () => {
  const [program = "", ...args] = fromSource("--live", "127.0.0.1");
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  assert.equal(code, 2);
  assert.equal(stdout.length, 0);
  assert.match(new TextDecoder().decode(stderr), /^ping-client: option --live needs a terminal[^\n]*\n$/);
});
