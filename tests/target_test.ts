import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTarget } from "../lib/target.ts";

Deno.test("parseTarget reads addresses, names and NAME=HOST", () => {
  assert.deepEqual(parseTarget("192.0.2.1"), { host: "192.0.2.1", family: "any" });
  assert.deepEqual(parseTarget("2001:db8::1"), { host: "2001:db8::1", family: "any" });
  assert.deepEqual(parseTarget("fe80::1%eth0"), { host: "fe80::1%eth0", family: "any" });
  assert.deepEqual(parseTarget("example.org"), { host: "example.org", family: "any" });
  assert.deepEqual(parseTarget("bücher.example"), { host: "bücher.example", family: "any" });
  assert.deepEqual(parseTarget("Main router=192.0.2.1"), { host: "192.0.2.1", name: "Main router", family: "any" });
  assert.deepEqual(parseTarget("a_b-c.d", { family: "ipv6" }), { host: "a_b-c.d", family: "ipv6" });
});

Deno.test("parseTarget refuses what no ping program may be given, on one line that quotes it", () => {
  for (
    const text of [
      "-f",
      "; reboot",
      "a b",
      "",
      "x=",
      "x=-f",
      "$(id)",
      "a..b",
      "256.1.1.1",
      "1.2.3",
      "a\nb",
      "a\u0000",
      "x/y",
    ]
  ) {
    assert.throws(() => parseTarget(text), (error: Error) => {
      assert.equal(error.name, "RangeError", text);
      assert.match(error.message, /^Cannot ping '.*': a target must be HOST or NAME=HOST/, text);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});

Deno.test("parseTarget refuses an empty or unprintable name", () => {
  for (const text of ["=192.0.2.1", " =192.0.2.1", "a\u001bb=192.0.2.1", "n".repeat(201) + "=192.0.2.1"]) {
    assert.throws(() => parseTarget(text), { name: "RangeError", message: /the name before '=' must be 1 to 200/ });
  }
});

Deno.test("parseTarget refuses an address of the other family", () => {
  assert.throws(() => parseTarget("::1", { family: "ipv4" }), {
    message: "Cannot ping '::1': with -4 a target must not be an IPv6 address",
  });
  assert.throws(() => parseTarget("192.0.2.1", { family: "ipv6" }), { message: /with -6 .* IPv4/ });
});

Deno.test("parseTarget never lets through what begins like an option or holds white space", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      let host: string;
      try {
        ({ host } = parseTarget(text));
      } catch (error) {
        assert.equal((error as Error).name, "RangeError");
        return;
      }
      assert.doesNotMatch(host, /^-|[\s\p{Cc}]/u);
    }),
    { numRuns: 2000 },
  );
});
