import assert from "node:assert/strict";
import { postOf } from "../../lib/notify/payload.ts";
import type { Alert } from "../../lib/notify/alert.ts";

const AT = Date.UTC(2026, 0, 31, 12, 0, 5, 250);
const ALERT: Alert = {
  event: "down",
  host: "192.0.2.1",
  name: "Büro <!everyone> @everyone",
  at: AT,
  detail: "no answer in 3 rounds (timeout)",
};

Deno.test("postOf webhook is the documented JSON, and nothing that was not told", () => {
  const { headers, body } = postOf("webhook", ALERT, "edge-7");
  assert.deepEqual(headers, { "content-type": "application/json" });
  assert.deepEqual(JSON.parse(body), {
    event: "down",
    client: "edge-7",
    target: "192.0.2.1",
    name: "Büro <!everyone> @everyone",
    at: "2026-01-31T12:00:05.250Z",
    detail: "no answer in 3 rounds (timeout)",
  });
  const plain = postOf("webhook", { event: "up", host: "h", at: AT, detail: "d", changes: 5 }, "c");
  assert.deepEqual(JSON.parse(plain.body), {
    event: "up",
    client: "c",
    target: "h",
    at: "2026-01-31T12:00:05.250Z",
    detail: "d",
    changes: 5,
  });
});

Deno.test("postOf ntfy is a line of text with headers that every HTTP library can send", () => {
  const { headers, body } = postOf("ntfy", ALERT, "edge-7");
  assert.equal(
    body,
    "Büro <!everyone> @everyone (192.0.2.1) is down: no answer in 3 rounds (timeout) (seen by edge-7, 2026-01-31T12:00:05Z)",
  );
  assert.deepEqual([headers.title, headers.priority, headers.tags], ["target down", "high", "red_circle"]);
  for (const value of Object.values(headers)) assert.match(value, /^[\x20-\x7e]+$/);
});

Deno.test("postOf slack and discord let no name call everybody", () => {
  const slack = JSON.parse(postOf("slack", ALERT, "edge-7").body);
  assert.match(slack.text, /^🔴 Büro &lt;!everyone&gt; @everyone \(192\.0\.2\.1\) is down: /);
  const discord = JSON.parse(postOf("discord", ALERT, "edge-7").body);
  assert.match(discord.content, /^🔴 Büro /);
  assert.deepEqual(discord.allowed_mentions, { parse: [] });
});

Deno.test("postOf says that a target flaps, and words loss as loss", () => {
  const { body } = postOf("ntfy", {
    event: "loss",
    host: "h",
    at: AT,
    detail: "25 % of the last 20 rounds lost",
    changes: 4,
  }, "c");
  assert.match(body, /^h loses packets: 25 % of the last 20 rounds lost; it flaps \(changes: 4\), /);
});
