import assert from "node:assert/strict";
import { startTestRecorder } from "./misbehaving_recorder.ts";
import { eventually, fromSource, startProcess } from "./process.ts";

/** A ping that answers while the file `answers` is there, in iputils' words. */
const PING = `#!/bin/sh
here=\${0%/*}
case " $* " in *" -V "*) echo "ping from iputils 20240117"; exit 0 ;; esac
for host; do :; done
echo "PING $host ($host) 56(84) bytes of data."
if [ -e "$here/answers" ]; then
  echo "64 bytes from $host: icmp_seq=1 ttl=64 time=1.50 ms"
  printf '\\n--- %s ping statistics ---\\n1 packets transmitted, 1 received, 0%% packet loss, time 0ms\\n' "$host"
  exit 0
fi
printf '\\n--- %s ping statistics ---\\n1 packets transmitted, 0 received, 100%% packet loss, time 0ms\\n' "$host"
exit 1
`;

Deno.test("the program tells a webhook that a target is down and that it is up again", async () => {
  const folder = await Deno.makeTempDir();
  const hook = startTestRecorder(() => new Response(null, { status: 200 }));
  const recorder = startTestRecorder();
  try {
    await Deno.writeTextFile(`${folder}/ping`, PING, { mode: 0o755 });
    const args = ["--notify", `${hook.url}/hook`, "--notify-after", "2", "--interval", "0.2", "--client", "edge-7"];
    const client = startProcess(
      fromSource(...args, "--engine", "ping", "--recorder", recorder.url, "gate=192.0.2.1"),
      { env: { PATH: `${folder}:/usr/bin:/bin` } },
    );
    const alerts = () => hook.seen.map(({ body }) => body as Record<string, string>);
    await eventually(() => Promise.resolve(alerts().length === 1 || undefined));
    await Deno.writeTextFile(`${folder}/answers`, "");
    await eventually(() => Promise.resolve(alerts().length === 2 || undefined));
    client.kill("SIGTERM");
    assert.equal((await client.ended).code, 0);
    assert.deepEqual(alerts().map(({ event, client, target, name, detail }) => [event, client, target, name, detail]), [
      ["down", "edge-7", "192.0.2.1", "gate", "no answer in 2 rounds (timeout)"],
      ["up", "edge-7", "192.0.2.1", "gate", "answers again, 2 rounds in a row"],
    ]);
    assert.ok(alerts().every(({ at }) => !Number.isNaN(Date.parse(at ?? ""))));
  } finally {
    await hook.close();
    await recorder.close();
    await Deno.remove(folder, { recursive: true });
  }
});
