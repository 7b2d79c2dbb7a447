import assert from "node:assert/strict";
import type { Alert } from "../../lib/notify/alert.ts";
import { Mailbox, type MailboxOptions } from "../../lib/notify/mailbox.ts";
import { FakeClock } from "../fake_clock.ts";
import { memoryLog } from "../memory_log.ts";
import { type SeenRequest, startTestRecorder } from "../misbehaving_recorder.ts";
import { eventually } from "../process.ts";

const alertOf = (n: number): Alert => ({ event: "down", host: `h${n}`, at: n, detail: "d" });
const ok = () => new Response(null, { status: 204 });
const targets = (seen: readonly SeenRequest[]) => seen.map(({ body }) => (body as { target: string }).target);

/** A mailbox that posts to a real server; time is the test's. */
function open(answer: (request: SeenRequest) => Response | Promise<Response>, options: Partial<MailboxOptions> = {}) {
  const server = startTestRecorder(answer);
  const clock = new FakeClock();
  const { log, lines } = memoryLog();
  const box = new Mailbox({ kind: "webhook", url: `${server.url}/hook/s3cret` }, {
    client: "c",
    clock,
    log,
    random: () => 1,
    ...options,
  });
  const close = async () => {
    box.abort();
    await box.finished;
    await server.close();
    assert.ok(!lines.join().includes("s3cret"), "the path of a webhook is its password");
  };
  const until = (test: () => boolean) => eventually(() => Promise.resolve(test() || undefined));
  return { box, server, clock, lines, close, until };
}

Deno.test("Mailbox posts each alert once, in order, to the address that was given", async () => {
  const { box, server, close, until } = open(ok);
  for (const n of [1, 2, 3]) box.push(alertOf(n));
  await until(() => box.counts.delivered === 3);
  assert.deepEqual(targets(server.seen), ["h1", "h2", "h3"]);
  assert.deepEqual([...new Set(server.seen.map(({ method, path }) => `${method} ${path}`))], ["POST /hook/s3cret"]);
  await close();
});

Deno.test("Mailbox keeps alerts while the receiver is away, says so once, and obeys Retry-After", async () => {
  let status = 503;
  const { box, server, clock, lines, close, until } = open(() =>
    new Response(null, { status, headers: status === 503 ? { "retry-after": "60" } : {} })
  );
  box.push(alertOf(1));
  await until(() => server.seen.length === 1 && clock.sleeping === 1);
  await clock.advance(59_999);
  assert.equal(server.seen.length, 1);
  await clock.advance(1);
  await until(() => server.seen.length === 2 && clock.sleeping === 1);
  status = 200;
  await clock.advance(60_000);
  await until(() => box.counts.delivered === 1);
  const loud = lines.filter((line) => !line.startsWith("debug"));
  assert.equal(loud.length, 2, lines.join("\n"));
  assert.match(
    loud[0] ?? "",
    /^warn webhook at http:\/\/127\.0\.0\.1:\d+ takes no alerts: it answers 503; they wait here \(1 now\)$/,
  );
  assert.match(loud[1] ?? "", /^info webhook at \S+ takes alerts again$/);
  await close();
});

Deno.test("Mailbox gives up an alert that is refused, and goes on with the next", async () => {
  const { box, lines, close, until } = open(({ body }) =>
    (body as { target: string }).target === "h1" ? new Response("no", { status: 400 }) : ok()
  );
  box.push(alertOf(1));
  box.push(alertOf(2));
  await until(() => box.counts.delivered === 1);
  assert.deepEqual(box.counts, { delivered: 1, rejected: 1, dropped: 0, waiting: 0 });
  assert.match(lines.join("\n"), /^warn webhook at \S+ refuses an alert: it answers 400$/);
  await close();
});

Deno.test("Mailbox follows no redirect: alerts go where the user said and nowhere else", async () => {
  const other = startTestRecorder(ok);
  const { box, clock, server, close, until } = open(() =>
    new Response(null, { status: 307, headers: { location: other.url } })
  );
  box.push(alertOf(1));
  await until(() => server.seen.length === 1 && clock.sleeping === 1);
  assert.equal(other.seen.length, 0);
  assert.equal(box.counts.waiting, 1);
  await close();
  await other.close();
});

Deno.test("Mailbox is bounded: the oldest alerts go, counted", async () => {
  const { box, server, clock, close, until } = open(() => new Response(null, { status: 500 }), { maxAlerts: 3 });
  box.push(alertOf(0));
  await until(() => server.seen.length === 1 && clock.sleeping === 1);
  for (let n = 1; n <= 5; n++) box.push(alertOf(n));
  assert.deepEqual(box.counts, { delivered: 0, rejected: 0, dropped: 3, waiting: 3 });
  await close();
});

Deno.test("Mailbox counts an alert that was dropped while it was under way as what became of it", async () => {
  const gate = Promise.withResolvers<void>();
  const { box, server, close, until } = open(async () => {
    await gate.promise;
    return ok();
  }, { maxAlerts: 1 });
  box.push(alertOf(1));
  await until(() => server.seen.length === 1);
  box.push(alertOf(2));
  gate.resolve();
  await until(() => box.counts.delivered === 2);
  assert.deepEqual(box.counts, { delivered: 2, rejected: 0, dropped: 0, waiting: 0 });
  await close();
});

Deno.test("Mailbox asked to finish sends what waits; a receiver that is away gets one more try", async () => {
  const sending = open(ok);
  sending.box.push(alertOf(1));
  sending.box.finish();
  await sending.box.finished;
  assert.equal(sending.box.counts.delivered, 1);
  await sending.close();
  const away = open(() => new Response(null, { status: 503 }));
  away.box.push(alertOf(1));
  await away.until(() => away.server.seen.length === 1 && away.clock.sleeping === 1);
  away.box.finish();
  await away.box.finished;
  assert.equal(away.server.seen.length, 2);
  assert.equal(away.box.counts.waiting, 1);
  await away.close();
});

Deno.test("Mailbox waits no longer than 10 s for an answer", async () => {
  const gate = Promise.withResolvers<void>();
  const { box, server, clock, lines, close, until } = open(async () => {
    await gate.promise;
    return ok();
  });
  box.push(alertOf(1));
  await until(() => server.seen.length === 1);
  await clock.advance(10_000);
  await until(() => lines.length === 1);
  assert.match(lines[0] ?? "", /takes no alerts: no answer within 10 s/);
  gate.resolve();
  await close();
});
