import assert from "node:assert/strict";
import { type Finished, MissingProgramError, type Run, run as realRun } from "../lib/engine/command.ts";
import { startSystemd } from "../lib/systemd.ts";
import { FakeClock, settle } from "./fake_clock.ts";
import { memoryLog } from "./memory_log.ts";
import { fromSource, startProcess } from "./process.ts";
import { say } from "./say.ts";

const FINE: Finished = { code: 0, stdout: "", stderr: "", killed: false, flooded: false };

function started(answer: () => Promise<Finished> = () => Promise.resolve(FINE)) {
  const told: string[] = [];
  const clock = new FakeClock();
  const { log, lines } = memoryLog();
  const run: Run = (program, args) => {
    told.push([program, ...args].join(" "));
    return answer();
  };
  return { systemd: startSystemd({ clock, log, run }), told, clock, lines };
}

Deno.test("systemd is told that the program is ready, and every 20 s that it is alive", async () => {
  const { systemd, told, clock } = started();
  await settle();
  assert.deepEqual(told.splice(0), ["systemd-notify --ready --status=pinging"]);
  await clock.advance(60_000);
  assert.deepEqual(told.splice(0), Array(3).fill("systemd-notify WATCHDOG=1"));
  await systemd.close();
  await clock.advance(60_000);
  assert.deepEqual(told, []);
  assert.equal(clock.sleeping, 0);
});

Deno.test("systemd that can't be told is said once and left alone", async () => {
  const answers: readonly [() => Promise<Finished>, RegExp][] = [
    [() => Promise.resolve({ ...FINE, code: 1 }), /ends with 1/],
    [
      () => Promise.resolve({ ...FINE, code: 1, stderr: "No status data could be sent\n" }),
      /No status data could be sent/,
    ],
    [() => Promise.resolve({ ...FINE, code: 137, killed: true }), /does not end/],
    [() => Promise.reject(new MissingProgramError("systemd-notify")), /Cannot find the program 'systemd-notify'/],
  ];
  for (const [answer, reason] of answers) {
    const { systemd, told, clock, lines } = started(answer);
    await clock.advance(100_000);
    assert.equal(told.length, 1);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", reason);
    await systemd.close();
  }
});

const hasNotify = (await realRun("sh", ["-c", "command -v systemd-notify"], { killAfterMs: 5000 })).code === 0;
if (!hasNotify) say("skipped: readiness by systemd-notify: it is not installed");

/** What stands at the other end of NOTIFY_SOCKET. */
const LISTENER = `
const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
console.log("listens");
for await (const [bytes] of socket) console.log(new TextDecoder().decode(bytes));
`;

Deno.test({
  name: "the program with its two permissions tells the service manager through systemd-notify that it is ready",
  ignore: !hasNotify,
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/notify`;
    try {
      await Deno.writeTextFile(`${folder}/listen.ts`, LISTENER);
      const listener = startProcess([Deno.execPath(), "run", "-A", "--unstable-net", `${folder}/listen.ts`, path]);
      await listener.until(/listens/);
      const client = startProcess(fromSource("--systemd", "--recorder", "http://127.0.0.1:1", "127.0.0.1"), {
        env: { NOTIFY_SOCKET: path },
      });
      await listener.until(/^READY=1\nSTATUS=pinging$/m);
      client.kill("SIGTERM");
      const { code, output } = await client.ended;
      assert.equal(code, 0, output);
      assert.doesNotMatch(output, /cannot tell systemd/);
      listener.kill("SIGKILL");
      await listener.ended;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
