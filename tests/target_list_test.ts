import assert from "node:assert/strict";
import { label, parseTarget } from "../lib/target.ts";
import { parseTargetList, refuseDuplicates } from "../lib/target_list.ts";

Deno.test("parseTargetList takes comments, blank lines, CRLF and a byte order mark", () => {
  const targets = parseTargetList("\uFEFF# fleet\r\n192.0.2.1\r\n\r\n  gate=192.0.2.2 # the gate\nr#1=192.0.2.3");
  assert.deepEqual(targets.map(label), ["192.0.2.1", "gate (192.0.2.2)", "r#1 (192.0.2.3)"]);
});

Deno.test("parseTargetList names the line of a mistake", () => {
  assert.throws(() => parseTargetList("192.0.2.1\n\na b"), {
    name: "RangeError",
    message: /^line 3: Cannot ping 'a b'/,
  });
});

Deno.test("refuseDuplicates names a host that is there twice, whatever its case", () => {
  refuseDuplicates([parseTarget("a=h1"), parseTarget("a=h2")]);
  assert.throws(() => refuseDuplicates([parseTarget("Host"), parseTarget("x=host")]), {
    name: "RangeError",
    message: "Cannot ping 'host' twice: each host must be given once",
  });
});

Deno.test("parseTargetList lets a block stand for its hosts", () => {
  const targets = parseTargetList("rack=192.0.2.0/30\n2001:db8::/127");
  assert.deepEqual(targets.map(label), [
    "rack 192.0.2.1 (192.0.2.1)",
    "rack 192.0.2.2 (192.0.2.2)",
    "2001:db8::",
    "2001:db8::1",
  ]);
});
