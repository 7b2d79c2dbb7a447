import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { CommitQueue } from "../../lib/recorder/commit_queue.ts";

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

Deno.test("CommitQueue commits what comes in one turn together, and one that comes alone at once", async () => {
  const commits: string[] = [];
  const queue = new CommitQueue<string>((items) => commits.push(items.join("")));
  for (const item of "abc") queue.push(item);
  await turn();
  assert.deepEqual(commits, ["abc"]);
});

Deno.test("CommitQueue waits for as many as were in the last commit, but not for ever", async () => {
  const commits: string[] = [];
  let told = () => {};
  const queue = new CommitQueue<string>((items) => {
    commits.push(items.join(""));
    told();
  });
  for (const item of "abc") queue.push(item);
  await turn();
  // Before the timer can fire: the third makes it due.
  for (const item of "def") queue.push(item);
  await turn();
  assert.deepEqual(commits, ["abc", "def"]);
  const committed = new Promise<void>((resolve) => told = resolve);
  queue.push("g");
  await committed;
  queue.push("h");
  await turn();
  assert.deepEqual(commits, ["abc", "def", "g", "h"]);
});

Deno.test("CommitQueue flushes at once, and leaves nothing to come", async () => {
  const commits: string[] = [];
  const queue = new CommitQueue<string>((items) => commits.push(items.join("")));
  queue.push("a");
  queue.flush();
  queue.flush();
  await turn();
  assert.deepEqual(commits, ["a"]);
});
