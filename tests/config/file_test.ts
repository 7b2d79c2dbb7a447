import assert from "node:assert/strict";
import { readConfigFile } from "../../lib/config/file.ts";
import { ConfigError } from "../../lib/config/problem.ts";
import { nearest } from "../../lib/config/suggest.ts";

function linesFor(text: string): readonly string[] {
  try {
    readConfigFile(text, "config.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.lines;
  }
  return [];
}

Deno.test("readConfigFile reads settings by their options' names, targets and groups", () => {
  const text = `
recorder: http://127.0.0.1:5001/
drain-rate: 100
ipv4: true
groups:
  far: { interval: 60, timeout: 5, size: 100, labels: { site: north, rack: "1" } }
targets:
  - router=192.0.2.1
  - { host: 192.0.2.8/30, name: block, group: far }
  - { host: example.org, group: far, interval: 1, labels: { rack: "2" } }
`;
  const far = { intervalMs: 60_000, timeoutMs: 5000, sizeBytes: 100, group: "far", family: "ipv4" };
  const labels = { site: "north", rack: "1" };
  assert.deepEqual(readConfigFile(text, "config.yaml"), {
    settings: { recorder: "http://127.0.0.1:5001/", drainRate: 100 },
    family: "ipv4",
    targets: [
      { host: "192.0.2.1", name: "router", family: "ipv4" },
      { host: "192.0.2.9", name: "block 192.0.2.9", ...far, labels },
      { host: "192.0.2.10", name: "block 192.0.2.10", ...far, labels },
      { host: "example.org", ...far, intervalMs: 1000, labels: { site: "north", rack: "2" } },
    ],
  });
});

Deno.test("readConfigFile takes JSON, and a file without targets", () => {
  assert.deepEqual(readConfigFile('{"interval": 3}', "c.json"), {
    settings: { interval: 3 },
    family: "any",
    targets: undefined,
  });
});

Deno.test("readConfigFile names everything that is wrong at once, by line and path", () => {
  const text = `interval: 0
timout: 3
drainRate: 3
client: 7
log-level: loud
groups:
  far: { interval: 0.1, colour: red }
targets:
  - 192.0.2.1
  - x=192.0.2.1
  - 1.1
  - host: 192.0.2.2
    interval: 0
    size: 15
    group: fat
    nam: x
    labels: { client: a, 9x: a, rack: 4 }
  - { name: x }
  - host: ; reboot
  - host: 192.0.2.3
    size: 65508
  - [a]
`;
  assert.deepEqual(linesFor(text), [
    "config.yaml:1: interval: must be at least 0.2: it is 0",
    "config.yaml:2: timout: is no known setting: did you mean timeout?",
    "config.yaml:3: drainRate: is no known setting: did you mean drain-rate?",
    "config.yaml:4: client: must be 1 to 100 characters without spaces, slashes or control characters: it is 7, a number: quote it",
    "config.yaml:5: log-level: must be one of debug, info, warning, error: it is 'loud'",
    "config.yaml:7: groups.far.colour: is no known setting",
    "config.yaml:7: groups.far.interval: must be at least 0.2: it is 0.1",
    "config.yaml:10: targets[1]: must not be a host that is there already, as targets[0]: it is '192.0.2.1'",
    "config.yaml:11: targets[2]: must be HOST, NAME=HOST, a block, or a mapping with host: it is 1.1",
    "config.yaml:13: targets[3].interval: must be at least 0.2: it is 0",
    "config.yaml:14: targets[3].size: must be at least 16: it is 15",
    "config.yaml:15: targets[3].group: must be one of the groups: it is 'fat': did you mean far?",
    "config.yaml:16: targets[3].nam: is no known setting: did you mean name?",
    "config.yaml:17: targets[3].labels.client: must not be one of client, target, name, group, le, cause: metrics have these already: it is 'client'",
    "config.yaml:17: targets[3].labels.9x: must be a label of up to 100 letters, digits and _, not beginning with a digit or __: it is '9x'",
    "config.yaml:17: targets[3].labels.rack: must be text of up to 200 characters without control characters: it is 4, a number: quote it",
    "config.yaml:18: targets[4].host: is missing",
    "config.yaml:19: targets[5].host: Cannot ping '; reboot': a target must be HOST or NAME=HOST, where HOST is an IPv4 address, an IPv6 address or a host name",
    "config.yaml:21: targets[6].size: must be at most 65507: it is 65508",
    "config.yaml:22: targets[7]: must be HOST, NAME=HOST, a block, or a mapping with host: it is a list",
  ]);
});

/** Texts that are no config at all, and the one line for each. */
const PITFALLS: Readonly<Record<string, readonly [string, RegExp]>> = {
  "an empty file": ["", /^config\.yaml: must be a mapping of settings: it is empty$/],
  "only a comment": ["# none\n", /^config\.yaml: must be a mapping of settings: it is empty$/],
  "a list": ["- a\n", /^config\.yaml:1: must be a mapping of settings: it is a list$/],
  "text": ["hello", /^config\.yaml:1: must be a mapping of settings: it is 'hello'$/],
  "a key twice": ["interval: 1\nlog: text\ninterval: 2\n", /^config\.yaml:3: must not have the same key twice$/],
  "a tab": ["targets:\n\t- 192.0.2.1\n", /^config\.yaml:2: must be indented by spaces: there is a tab$/],
  "two documents": ["interval: 1\n---\ninterval: 2\n", /^config\.yaml:2: must be one document: another begins here$/],
  "no UTF-8": ["interval: 1\nclient: \uFFFD\n", /^config\.yaml:2: must be text in UTF-8/],
  "an alias without an anchor": ["client: *x\n", /^config\.yaml: must not use the alias '\*x' before/],
  "deep nesting": ["[".repeat(20_000), /^config\.yaml:1: must not be nested this deeply$/],
  "broken JSON": ['{"interval": 1', /^config\.yaml:1: must be YAML or JSON: /],
  "a map in one line": ["client: a: b", /^config\.yaml:1: must be YAML or JSON: /],
  "a list that holds itself": ["targets: &a [*a]\n", /^config\.yaml:1: targets\[0\]: must be HOST/],
  "a prototype": ["__proto__: { interval: 1 }\n", /^config\.yaml:1: __proto__: is no known setting$/],
  "no number at all": ["interval: .nan\n", /^config\.yaml:1: interval: must be a number .*: it is NaN$/],
  "nothing behind a key": ["interval:\n", /^config\.yaml:1: interval: must be a number .*: it is empty$/],
};

for (const [what, [text, expected]] of Object.entries(PITFALLS)) {
  Deno.test(`readConfigFile says one clear line for ${what}`, () => {
    const lines = linesFor(text);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", expected);
  });
}

Deno.test("readConfigFile refuses a bomb of aliases quickly, and takes a label used by many targets", () => {
  const levels = Array.from({ length: 12 }, (_, n) => `k${n}: &a${n} [${Array(9).fill(n === 0 ? "x" : `*a${n - 1}`)}]`);
  const lines = linesFor(levels.join("\n"));
  assert.deepEqual(lines, [
    "config.yaml: must use aliases at most 10000 times, those within aliases included",
  ]);
  const many = Array.from({ length: 2000 }, (_, n) => `  - { host: h${n}, labels: *l }`).join("\n");
  const text = `groups: { g: { labels: &l { site: north } } }\ntargets:\n${many}\n`;
  assert.equal(readConfigFile(text, "config.yaml").targets?.length, 2000);
});

Deno.test("readConfigFile lists at most 100 mistakes, and says how many more there are", () => {
  const lines = linesFor(`targets:\n${"  - '?'\n".repeat(20_000)}`);
  assert.equal(lines.length, 101);
  assert.equal(lines[100], "config.yaml: and 19900 more");
});

Deno.test("readConfigFile keeps the command line's family", () => {
  const read = () => readConfigFile("ipv6: true\ntargets: [192.0.2.1]", "c", { family: "ipv4" });
  assert.equal(read().family, "ipv4");
  assert.match(linesFor("ipv6: true\ntargets: [192.0.2.1]")[0] ?? "", /targets\[0\]: .*with -6/);
  assert.match(linesFor("ipv6: true\nipv4: true")[0] ?? "", /ipv6: must not be true where ipv4 is/);
});

Deno.test("nearest finds what was meant and does not guess wildly", () => {
  const known = ["interval", "timeout", "log", "log-level"];
  assert.equal(nearest("intervall", known), "interval");
  assert.equal(nearest("Timeout", known), "timeout");
  assert.equal(nearest("lgo-level", known), "log-level");
  assert.equal(nearest("colour", known), undefined);
});
