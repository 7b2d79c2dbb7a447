import fc from "fast-check";
import assert from "node:assert/strict";
import { parseTargets } from "../lib/target_range.ts";

const hosts = (text: string) => parseTargets(text).map(({ host }) => host);

Deno.test("parseTargets reads what is no block as one target", () => {
  assert.deepEqual(parseTargets("router=10.0.0.1"), [{ host: "10.0.0.1", family: "any", name: "router" }]);
  assert.deepEqual(parseTargets("example.test", { family: "ipv4" }), [{ host: "example.test", family: "ipv4" }]);
});

Deno.test("parseTargets leaves out the network and the broadcast address of an IPv4 block", () => {
  assert.deepEqual(hosts("10.0.0.0/30"), ["10.0.0.1", "10.0.0.2"]);
  assert.equal(hosts("10.0.0.0/28").length, 14);
});

Deno.test("parseTargets begins at the block's first address, wherever the text points into it", () => {
  assert.deepEqual(hosts("10.0.0.6/30"), ["10.0.0.5", "10.0.0.6"]);
});

Deno.test("parseTargets takes /31, /32 and IPv6 blocks whole", () => {
  assert.deepEqual(hosts("10.0.0.8/31"), ["10.0.0.8", "10.0.0.9"]);
  assert.deepEqual(hosts("10.0.0.8/32"), ["10.0.0.8"]);
  assert.deepEqual(hosts("2001:db8::fffc/126"), [
    "2001:db8::fffc",
    "2001:db8::fffd",
    "2001:db8::fffe",
    "2001:db8::ffff",
  ]);
});

Deno.test("parseTargets names each host of a named block", () => {
  assert.deepEqual(parseTargets("lab = 10.0.0.0/30"), [
    { host: "10.0.0.1", family: "any", name: "lab 10.0.0.1" },
    { host: "10.0.0.2", family: "any", name: "lab 10.0.0.2" },
  ]);
});

Deno.test("parseTargets takes up to 65,536 hosts", () => {
  const large = hosts("10.1.0.0/16");
  assert.equal(new Set(large).size, 65_534);
  assert.equal(large.at(-1), "10.1.255.254");
  assert.equal(new Set(hosts("2001:db8::/112")).size, 65_536);
});

Deno.test("parseTargets refuses a block that is too large, naming the shortest prefix", () => {
  assert.throws(() => parseTargets("10.0.0.0/15"), {
    name: "RangeError",
    message: "Cannot ping '10.0.0.0/15': a block must have at most 65536 hosts (/16 or longer): it has /15",
  });
  assert.throws(() => parseTargets("::/0"), { name: "RangeError", message: /\(\/112 or longer\): it has \/0$/ });
});

Deno.test("parseTargets refuses what is no block in full", () => {
  for (
    const text of [
      "10/8",
      "010.0.0.0/24",
      "0x7f.1/24",
      "10.0.0.0/33",
      "10.0.0.0/",
      "host/24",
      "a=b/24",
      "fe80::1%eth0/120",
    ]
  ) {
    assert.throws(() => parseTargets(text), {
      name: "RangeError",
      message: `Cannot ping '${text}': a block must be an IPv4 or IPv6 address, '/' and the length of its prefix`,
    });
  }
});

Deno.test("parseTargets refuses a block of the other family, and a bad name", () => {
  assert.throws(() => parseTargets("10.0.0.0/30", { family: "ipv6" }), { name: "RangeError", message: /with -6/ });
  assert.throws(() => parseTargets("=10.0.0.0/30"), { name: "RangeError", message: /the name before '='/ });
});

Deno.test("parseTargets throws nothing but a RangeError of one line, whatever the text", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom("10.0.0.0", "::", "/", "24", "128", "=", "a", "."),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")), (text) => {
      try {
        parseTargets(text);
      } catch (error) {
        assert.ok(error instanceof RangeError && !/[\r\n]/.test(error.message), text);
      }
    }),
    { numRuns: 5000 },
  );
});
