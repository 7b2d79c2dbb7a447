import assert from "node:assert/strict";
import { problem, setUpApi } from "./api.ts";

interface Media {
  readonly schema: Record<string, unknown>;
}
interface Operation {
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Record<string, unknown> }[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, Media> }>;
}
interface Doc {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

async function document(): Promise<Doc> {
  const { get, close } = setUpApi();
  const answer = await get("/openapi.json");
  assert.equal(answer.headers.get("content-type"), "application/json");
  const doc = await answer.json();
  await close();
  return doc;
}

Deno.test("openapi.json describes every call of the API", async () => {
  const { openapi, info, paths } = await document();
  assert.equal(openapi, "3.1.0");
  assert.equal(info.version, "1.2.3");
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((each) => `${each} ${path}`)
  );
  assert.deepEqual(calls.sort(), [
    "delete /ips/{id}",
    "get /events",
    "get /export.csv",
    "get /export.ndjson",
    "get /healthz",
    "get /ips",
    "get /ips/{id}",
    "get /outages",
    "get /ping-data",
    "get /series",
    "get /summary",
    "patch /ips/{id}",
    "post /ips",
    "post /record-ping/{client}",
    "post /record-pings/{client}",
  ]);
});

Deno.test("openapi.json says the limits that the schemas hold", async () => {
  const { paths } = await document();
  const points = paths["/series"]?.get?.parameters.find(({ name }) => name === "points");
  assert.deepEqual(points?.schema, { type: "integer", minimum: 1, maximum: 2000, default: 500 });
  assert.equal(points?.required, false);
  const required = paths["/series"]?.get?.parameters.filter((each) => each.required).map(({ name }) => name);
  assert.deepEqual(required, ["client", "ip"]);
  const body = paths["/record-ping/{client}"]?.post?.requestBody?.content["application/json"]?.schema;
  assert.deepEqual(body?.required, ["ip", "latency_ms"]);
  const { latency_ms, cause } = body?.properties as Record<string, { anyOf?: unknown; enum?: unknown[] }>;
  assert.deepEqual(latency_ms?.anyOf, [{ type: "number", minimum: 0, maximum: 3_600_000 }, { type: "null" }]);
  assert.equal(cause?.enum?.length, 7);
  const batch = paths["/record-pings/{client}"]?.post?.requestBody?.content["application/json"]?.schema;
  const { results } = batch?.properties as Record<string, { maxItems: number; items: { required: string[] } }>;
  assert.equal(results?.maxItems, 1000);
  assert.deepEqual(results?.items.required, ["ip", "latency_ms", "at"]);
});

Deno.test("openapi.json describes every error as a problem, and every reference leads somewhere", async () => {
  const doc = await document();
  for (const [path, methods] of Object.entries(doc.paths)) {
    for (const [method, { responses, requestBody }] of Object.entries(methods)) {
      const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      for (const [, { content, description }] of errors) {
        assert.deepEqual(Object.keys(content ?? {}), ["application/problem+json"], path);
        assert.ok(description);
      }
      const statuses = Object.keys(responses).map(Number);
      assert.ok(statuses.some((status) => status < 300), `${method} ${path}`);
      if (requestBody !== undefined) {
        for (const status of [400, 408, 413]) assert.ok(statuses.includes(status), path);
      }
    }
  }
  for (const [, name = ""] of JSON.stringify(doc).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(name in doc.components.schemas, name);
  }
});

Deno.test("openapi.json's patterns take and refuse what the recorder does", async () => {
  const { paths } = await document();
  const body = paths["/ips"]?.post?.requestBody?.content["application/json"]?.schema;
  const { ip, client, name } = body?.properties as Record<string, { pattern: string }>;
  const { post, close } = setUpApi();
  const texts = [
    "a",
    "ä",
    "a b",
    "a\u00a0b",
    "a/b",
    "",
    "\u0000",
    "\u0085",
    "x".repeat(100),
    "x".repeat(101),
    "\ufeff",
  ];
  texts.push(
    "x".repeat(200),
    "x".repeat(201),
    "x".repeat(253),
    "x".repeat(254),
    "\u{1f600}".repeat(253),
    "a\nb",
    "ok\n",
  );
  for (const [key, rule] of Object.entries({ ip, client, name })) {
    for (const text of texts) {
      const sent = { ip: "a", client: crypto.randomUUID(), [key]: text };
      const answer = await post("/ips", sent);
      assert.equal(
        answer.status === 201,
        new RegExp(rule?.pattern ?? "", "u").test(text),
        `${key} ${JSON.stringify(text)}`,
      );
    }
  }
  await close();
});

Deno.test("every documented call is there, and HEAD with each GET", async () => {
  const { paths } = await document();
  const { send, close } = setUpApi();
  for (const [path, methods] of Object.entries(paths)) {
    const url = path.replace("{id}", "1").replace("{client}", "c");
    const allow = Object.keys(methods).map((method) => method === "get" ? "GET, HEAD" : method.toUpperCase()).join(
      ", ",
    );
    assert.equal((await send("TRACE_", url)).headers.get("allow"), allow);
    await problem(send("PUT", url), 405);
  }
  await close();
});
