import assert from "node:assert/strict";
import { parseDestination, shownDestination } from "../../lib/notify/destination.ts";

Deno.test("parseDestination takes an address with or without a kind", () => {
  assert.deepEqual(parseDestination("https://example.org/x?y=1"), {
    kind: "webhook",
    url: "https://example.org/x?y=1",
  });
  assert.deepEqual(parseDestination("ntfy:https://ntfy.example/topic"), {
    kind: "ntfy",
    url: "https://ntfy.example/topic",
  });
  assert.deepEqual(parseDestination("SLACK:http://h/"), { kind: "slack", url: "http://h/" });
});

Deno.test("parseDestination refuses what is no address to post to", () => {
  for (
    const text of [
      "",
      "ntfy:",
      "ntfy:topic",
      "ftp://h/",
      "teams:https://h/",
      "https://",
      "https://u:p@h/",
      "https://h/#x",
      " https://h/",
    ]
  ) {
    assert.equal(parseDestination(text), undefined, text);
  }
});

Deno.test("shownDestination keeps the secret part of a webhook to itself", () => {
  const shown = shownDestination({ kind: "slack", url: "https://hooks.example/services/T0/B0/s3cret?token=s3cret" });
  assert.equal(shown, "slack at https://hooks.example");
});
