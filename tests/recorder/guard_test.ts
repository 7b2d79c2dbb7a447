import assert from "node:assert/strict";
import { isLoopbackName } from "../../lib/recorder/guard.ts";
import { problem, setUpApi } from "./api.ts";

Deno.test("isLoopbackName knows the names of this machine and no other", () => {
  for (const name of ["localhost", "LOCALHOST.", "x.localhost", "127.0.0.1", "127.255.0.9", "[::1]", "::1"]) {
    assert.ok(isLoopbackName(name), name);
  }
  for (const name of ["localhost.example", "127.0.0.1.example", "128.0.0.1", "0.0.0.0", "[::]", "", "evil.example"]) {
    assert.ok(!isLoopbackName(name), name);
  }
});

Deno.test("app answers only under the host names it knows", async () => {
  const { app, close } = setUpApi({ isKnownHost: isLoopbackName });
  const ask = (url: string) => app.fetch(new Request(url));
  for (const host of ["localhost", "localhost:5001", "127.0.0.1:5001", "[::1]:5001"]) {
    assert.equal((await ask(`http://${host}/ips`)).status, 200, host);
  }
  for (const path of ["/", "/ips", "/healthz", "/openapi.json"]) {
    assert.match(await problem(ask(`http://rebound.example${path}`), 403), /host name/);
  }
  await close();
});

Deno.test("app refuses what a page of another origin sends, and takes what its own and curl send", async () => {
  const { post, send, close } = setUpApi();
  const body = { ip: "a", client: "c" };
  await problem(post("/ips", body, { "sec-fetch-site": "cross-site" }), 403);
  await problem(post("/ips", body, { "sec-fetch-site": "same-site" }), 403);
  await problem(post("/ips", body, { origin: "http://evil.example" }), 403);
  await problem(post("/ips", body, { origin: "null" }), 403);
  assert.equal((await post("/ips", body, { "sec-fetch-site": "same-origin" })).status, 201);
  assert.equal((await post("/ips", { ip: "b", client: "c" })).status, 201);
  assert.equal((await post("/ips", { ip: "d", client: "c" }, { origin: "http://recorder" })).status, 201);
  await problem(send("DELETE", "/ips/1", undefined, { "sec-fetch-site": "cross-site" }), 403);
  await problem(send("PATCH", "/ips/1", { name: "x" }, { origin: "http://evil.example" }), 403);
  await close();
});

Deno.test("app sends no CORS header, whatever the origin", async () => {
  const { get, send, close } = setUpApi();
  const answers = [
    await get("/ips", { origin: "http://evil.example" }),
    await send("OPTIONS", "/ips", undefined, {
      origin: "http://evil.example",
      "access-control-request-method": "POST",
    }),
  ];
  for (const { headers } of answers) {
    assert.deepEqual([...headers.keys()].filter((key) => key.startsWith("access-control")), []);
  }
  await close();
});
