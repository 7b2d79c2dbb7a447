import assert from "node:assert/strict";
import { ProgressBar } from "../lib/progress.ts";
import { FakeClock } from "./fake_clock.ts";

function bar({ columns = 80 } = {}) {
  const clock = new FakeClock();
  let written = "";
  const made = new ProgressBar({ write: (text) => written += text, columns: () => columns, clock });
  const take = () => {
    const text = written;
    written = "";
    return text.replaceAll("\x1b[K", "<clear>").replaceAll("\r", "<cr>");
  };
  return { bar: made, clock, take };
}

const AWAY = { waiting: 1000, delivered: 0, away: true };

Deno.test("ProgressBar shows how far a backlog has drained, and goes when nothing waits", async () => {
  const { bar: made, clock, take } = bar();
  made.update(AWAY);
  made.update({ waiting: 1000, delivered: 0, away: false });
  assert.equal(take(), "", "nothing before the first is delivered");
  await clock.advance(2000);
  made.update({ waiting: 750, delivered: 250, away: false });
  assert.equal(take(), `<cr>sending [${"█".repeat(10)}${"░".repeat(30)}]  25%  250 of 1000, 125/s<clear>`);
  await clock.advance(200);
  made.update({ waiting: 0, delivered: 1000, away: false });
  assert.equal(take(), "<cr><clear>");
});

Deno.test("ProgressBar stays away for the few results of a round, and while the recorder is away", () => {
  const { bar: made, take } = bar();
  made.update({ waiting: 60, delivered: 10, away: false });
  made.update({ waiting: 5000, delivered: 20, away: false });
  made.update({ waiting: 4000, delivered: 1000, away: false });
  made.update(AWAY);
  assert.equal(take(), "");
});

Deno.test("ProgressBar makes room for log lines, without a bar for each of them", async () => {
  const { bar: made, clock, take } = bar({ columns: 40 });
  made.log("before\n");
  assert.equal(take(), "before\n");
  made.update(AWAY);
  made.update({ waiting: 1000, delivered: 0, away: false });
  made.update({ waiting: 500, delivered: 500, away: false });
  assert.equal(take(), "<cr>sending [█████░░░░░░]  50%  500 of 1000<clear>");
  made.log("one\n");
  made.log("two\n");
  assert.equal(take(), "<cr><clear>one\ntwo\n");
  await clock.advance(200);
  made.update({ waiting: 400, delivered: 600, away: false });
  assert.match(take(), /^<cr>sending \[.*60%/);
  await clock.advance(200);
  made.log("three\n");
  assert.match(take(), /^<cr><clear>three\nsending \[.*60%/);
});

Deno.test("ProgressBar never fills the last column, so that it never wraps", () => {
  for (let columns = 1; columns < 120; columns++) {
    const { bar: made, take } = bar({ columns });
    made.update(AWAY);
    made.update({ waiting: 1000, delivered: 0, away: false });
    made.update({ waiting: 500, delivered: 500, away: false });
    const line = take().replace(/<cr>|<clear>/g, "");
    assert.ok(line.length < columns, `${line.length} on ${columns}`);
  }
});

Deno.test("ProgressBar follows until it is told to stop", async () => {
  const { bar: made, clock, take } = bar();
  const stop = new AbortController();
  let delivered = 0;
  let away = true;
  const following = made.follow(() => ({ waiting: 1000 - delivered, delivered, away }), stop.signal);
  away = false;
  await clock.advance(200);
  delivered = 100;
  await clock.advance(200);
  assert.match(take(), /10%/);
  stop.abort();
  await following;
  assert.equal(take(), "<cr><clear>");
});
