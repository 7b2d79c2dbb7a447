import assert from "node:assert/strict";
import fc from "fast-check";
import { displayWidth, fit } from "../../lib/live/width.ts";

Deno.test("displayWidth counts wide characters twice and marks not at all", () => {
  assert.equal(displayWidth("router"), 6);
  assert.equal(displayWidth("東京"), 4);
  assert.equal(displayWidth("ｶﾅ"), 2);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("🔴"), 2);
});

Deno.test("fit pads, cuts with an ellipsis and never splits a wide character", () => {
  assert.equal(fit("ab", 4), "ab  ");
  assert.equal(fit("ab", 4, { align: "right" }), "  ab");
  assert.equal(fit("abcdef", 4), "abc…");
  assert.equal(fit("東京都", 4), "東… ");
  assert.equal(fit("abc", 0), "");
});

Deno.test("fit leaves out what would steer a terminal or turn the direction of the line", () => {
  assert.equal(fit("a\x1b[2J\u202eb\u009b\u200d", 8), "a[2Jb   ");
});

Deno.test("fit is exactly as wide as asked, whatever the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(200), (text, width) => {
    assert.equal(displayWidth(fit(text, width)), width);
  }));
});
