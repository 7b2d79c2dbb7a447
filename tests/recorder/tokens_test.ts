import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTokens, tokenOf } from "../../lib/recorder/tokens.ts";
import { problem, setUpApi } from "./api.ts";

const WRITE = parseTokens(
  "# who may write\nany-client\n\nedge-7: seven\n  edge-7 :  seven-again\r\n2001:db8::1: colons\n",
);
const READ = parseTokens("reader");

function bearer(token: string): HeadersInit {
  return { authorization: `Bearer ${token}` };
}

function basic(password: string, user = ""): HeadersInit {
  return { authorization: `Basic ${btoa(`${user}:${password}`)}` };
}

function clientsOf(token: string): string[] | "all" | undefined {
  const clients = WRITE.find(token)?.clients;
  return clients === undefined || clients === "all" ? clients : [...clients];
}

Deno.test("parseTokens reads tokens of all clients and of one", () => {
  assert.equal(clientsOf("any-client"), "all");
  assert.deepEqual(clientsOf("seven"), ["edge-7"]);
  assert.deepEqual(clientsOf("seven-again"), ["edge-7"]);
  assert.deepEqual(clientsOf("colons"), ["2001:db8::1"]);
  for (const wrong of ["", "any-clien", "any-client ", "edge-7", "#", "who"]) assert.equal(clientsOf(wrong), undefined);
});

Deno.test("parseTokens lets a token belong to several clients", () => {
  const two = parseTokens("a: t\nb: t").find("t")?.clients;
  assert.deepEqual(two === undefined || two === "all" ? two : [...two], ["a", "b"]);
  assert.equal(parseTokens("a: t\nt").find("t")?.clients, "all");
  assert.equal(parseTokens("t\na: t").find("t")?.clients, "all");
});

Deno.test("parseTokens names the line that is wrong and not the token", () => {
  const cases: [text: string, message: RegExp][] = [
    ["good\nnot good-secret", /^line 2 must be TOKEN or CLIENT: TOKEN/],
    ["a: ", /^line 1 must be TOKEN/],
    [": secret", /^line 1 must name a client/],
    ["x/y: secret", /^line 1 must name a client/],
    ["a: sécret", /^line 1 must be TOKEN/],
    ["", /^it holds no token$/],
    ["# only a comment\n\n", /^it holds no token$/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseTokens(text), (error: unknown) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /s.cret/);
      return true;
    });
  }
});

Deno.test("parseTokens finds every token it was given and no other", () => {
  const token = fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,40}={0,2}$/);
  fc.assert(fc.property(fc.uniqueArray(token, { minLength: 1 }), token, (tokens, other) => {
    const parsed = parseTokens(tokens.join("\n"));
    for (const each of tokens) assert.equal(parsed.find(each)?.clients, "all");
    assert.equal(parsed.find(other) !== undefined, tokens.includes(other));
  }));
});

Deno.test("tokenOf reads Bearer, and Basic's password", () => {
  const of = (authorization: string) => tokenOf(new Headers({ authorization }));
  assert.equal(of("Bearer abc"), "abc");
  assert.equal(of("bearer  abc "), "abc");
  assert.equal(of(`Basic ${btoa("me:abc")}`), "abc");
  assert.equal(of(`basic ${btoa(":a:b")}`), "a:b");
  for (const none of ["Bearer", "Digest abc", "Basic %%%", "abc", "Bearer a b"]) {
    assert.equal(of(none), undefined, none);
  }
  assert.equal(tokenOf(new Headers()), undefined);
});

Deno.test("app with write tokens takes results only with one, and lets everybody read", async () => {
  const { get, post, send, close } = setUpApi({ writeTokens: WRITE });
  const body = { ip: "a", client: "edge-7" };
  const refused = post("/ips", body);
  await problem(refused, 401);
  assert.match((await refused).headers.get("www-authenticate") ?? "", /Basic realm=".*Bearer/);
  await problem(post("/ips", body, bearer("wrong")), 401);
  await problem(post("/ips", "not even JSON"), 401);
  assert.equal((await post("/ips", body, bearer("seven"))).status, 201);
  assert.equal((await post("/record-ping/edge-7", { ip: "a", latency_ms: 1 }, bearer("seven-again"))).status, 201);
  assert.equal((await post("/record-ping/edge-7", { ip: "a", latency_ms: 1 }, bearer("any-client"))).status, 201);
  assert.equal((await post("/record-ping/edge-7", { ip: "a", latency_ms: 1 }, basic("seven"))).status, 201);
  await problem(post("/record-ping/edge-7", { ip: "a", latency_ms: 1 }), 401);
  await problem(post("/record-pings/edge-7", { results: [] }), 401);
  await problem(send("PATCH", "/ips/1", { name: "x" }), 401);
  await problem(send("DELETE", "/ips/1"), 401);
  for (const path of ["/ips", "/ping-data", "/", "/healthz"]) assert.equal((await get(path)).status, 200, path);
  await close();
});

Deno.test("app does not let a client write as another", async () => {
  const { get, post, send, close } = setUpApi({ writeTokens: WRITE });
  await post("/ips", { ip: "a", client: "other" }, bearer("any-client"));
  const [{ id }] = await (await get("/ips")).json();
  const refused = [
    post("/ips", { ip: "b", client: "other" }, bearer("seven")),
    post("/record-ping/other", { ip: "a", latency_ms: 1 }, bearer("seven")),
    post("/record-pings/other", { results: [] }, bearer("seven")),
    send("PATCH", `/ips/${id}`, { name: "mine" }, bearer("seven")),
    send("DELETE", `/ips/${id}`, undefined, bearer("seven")),
  ];
  for (const answer of refused) assert.match(await problem(answer, 403), /another client's/);
  assert.equal((await send("DELETE", `/ips/${id}`, undefined, bearer("any-client"))).status, 204);
  await close();
});

Deno.test("app with read tokens shows nothing without one, the page neither", async () => {
  const { get, post, close } = setUpApi({ writeTokens: WRITE, readTokens: READ });
  await post("/ips", { ip: "a", client: "edge-7" }, bearer("seven"));
  await post("/ips", { ip: "a", client: "other" }, bearer("any-client"));
  const paths = [
    "/",
    "/page/page.js",
    "/ips",
    "/ips/1",
    "/ping-data",
    "/summary",
    "/outages",
    "/export.csv",
    "/events",
  ];
  for (const path of paths) {
    await problem(get(path), 401);
    await problem(get(path, bearer("wrong")), 401);
    for (const headers of [bearer("reader"), basic("reader", "anybody"), bearer("any-client")]) {
      const answer = await get(path, headers);
      assert.equal(answer.status, 200, path);
      await answer.body?.cancel();
    }
  }
  for (const path of ["/healthz", "/openapi.json"]) assert.equal((await get(path)).status, 200);
  await problem(post("/ips", { ip: "b", client: "c" }, bearer("reader")), 403);
  // A client must be able to see whether its targets are registered.
  const own = await (await get("/ips", bearer("seven"))).json();
  assert.deepEqual(own.map(({ client }: { client: string }) => client), ["edge-7"]);
  await problem(get("/ping-data", bearer("seven")), 403);
  await close();
});
