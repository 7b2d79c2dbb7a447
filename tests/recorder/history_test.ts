import assert from "node:assert/strict";
import { problem, setUpApi } from "./api.ts";

const MINUTE = 60_000;

/** A recorder with an hour of one ping a minute: 10, 20, … ms, and now and then a lost or a failed one. */
async function setUp() {
  const api = setUpApi();
  const { clock, post } = api;
  await post("/ips", { ip: "a", client: "c", name: "gw" });
  await post("/ips", { ip: "a", client: "d" });
  await post("/ips", { ip: "b.example", client: "c" });
  const results = Array.from({ length: 60 }, (_, i) => ({
    ip: "a",
    at: clock.now() - (60 - i) * MINUTE,
    latency_ms: i >= 50 && i < 55 ? null : (i + 1) * 10,
    ...(i >= 50 && i < 55 ? { cause: i === 54 ? "unresolved" : "timeout" } : {}),
  }));
  const answer = await (await post("/record-pings/c", { results })).json();
  assert.equal(answer.accepted, 60);
  const json = async (path: string) => {
    const response = await api.get(path);
    const body = await response.json();
    assert.equal(response.status, 200, JSON.stringify(body));
    return body;
  };
  return { ...api, json };
}

Deno.test("/ips finds by a part of ip, name or client, and by client", async () => {
  const { json, close } = await setUp();
  const ids = async (query: string) => (await json(`/ips${query}`)).map(({ id }: { id: number }) => id);
  const all = await ids("");
  assert.equal(all.length, 3);
  assert.deepEqual(await ids("?search=GW"), [all[0]]);
  assert.deepEqual(await ids("?search=EXAMPLE"), [all[2]]);
  assert.deepEqual(await ids("?client=c"), [all[0], all[2]]);
  assert.deepEqual(await ids("?client=c&search=gw"), [all[0]]);
  assert.deepEqual(await ids("?search=%25"), []);
  assert.deepEqual(await ids("?search="), all);
  await close();
});

Deno.test("/ips/<id> is read, renamed and deleted with its history", async () => {
  const { json, get, post, send, close } = await setUp();
  const [{ id }] = await json("/ips?search=gw");
  assert.equal((await json(`/ips/${id}`)).name, "gw");
  const renamed = await send("PATCH", `/ips/${id}`, { name: "by hand" });
  assert.equal((await renamed.json()).name, "by hand");
  await post("/record-ping/c", { ip: "a", latency_ms: 1, name: "sent" });
  assert.equal((await json(`/ips/${id}`)).name, "by hand", "what a person named stays");
  assert.equal((await (await send("PATCH", `/ips/${id}`, { name: null })).json()).name, undefined);
  for (const name of ["", 1, undefined, "x".repeat(201)]) {
    assert.match(await problem(send("PATCH", `/ips/${id}`, { name }), 400), /'name' must be/);
  }
  const deleted = await send("DELETE", `/ips/${id}`);
  assert.equal(deleted.status, 204);
  assert.equal(await deleted.text(), "");
  for (const method of ["GET", "DELETE"]) await problem(send(method, `/ips/${id}`), 404);
  await problem(send("PATCH", `/ips/${id}`, { name: "x" }), 404);
  await problem(post("/record-ping/c", { ip: "a", latency_ms: 1 }), 404);
  await problem(get("/series?client=c&ip=a"), 404);
  await post("/ips", { ip: "a", client: "c" });
  assert.deepEqual((await json("/ping-data?start=0&client=c&ip=a"))[0].pings, []);
  for (const wrong of ["0", "x", "-1", "1.5", "1e3", "9".repeat(16), "9".repeat(40), "%31x"]) {
    assert.match(await problem(get(`/ips/${wrong}`), 400), /whole number of at least 1/);
  }
  await close();
});

Deno.test("/ping-data leaves only the client and the ip that are asked for", async () => {
  const { json, close } = await setUp();
  const found = async (query: string) =>
    (await json(`/ping-data?start=0${query}`)).map((each: { ip: string; client: string }) => [each.client, each.ip]);
  assert.deepEqual(await found("&ip=a"), [["c", "a"], ["d", "a"]]);
  assert.deepEqual(await found("&client=c"), [["c", "a"], ["c", "b.example"]]);
  assert.deepEqual(await found("&client=d&ip=a"), [["d", "a"]]);
  assert.deepEqual(await found("&client=nobody"), []);
  await close();
});

Deno.test("/series gives at most the points that are asked for, with exact counts", async () => {
  const { clock, json, close } = await setUp();
  const start = clock.now() - 60 * MINUTE;
  const query = `client=c&ip=a&start=${start}&end=${clock.now()}`;
  const fine = await json(`/series?${query}`);
  assert.equal(fine.name, "gw");
  assert.equal(fine.start, new Date(start).toISOString());
  assert.equal(fine.end, "2026-01-01T00:00:00.000Z");
  assert.equal(fine.source, "raw");
  assert.equal(fine.points.length, 60);
  assert.deepEqual(fine.points[0], {
    time: new Date(start).toISOString(),
    count: 1,
    replies: 1,
    lost: 0,
    failed: 0,
    loss: 0,
    min: 10,
    p5: 10,
    median: 10,
    p95: 10,
    max: 10,
    mean: 10,
  });
  const [lost, failed] = [fine.points[50], fine.points[54]];
  assert.deepEqual([lost.lost, lost.loss, lost.median, lost.min], [1, 1, null, null]);
  assert.deepEqual([failed.failed, failed.loss, failed.mean], [1, null, null]);

  for (const points of [1, 2, 7, 60, 2000]) {
    const chart = await json(`/series?${query}&points=${points}`);
    assert.ok(chart.points.length <= points, `${chart.points.length} of ${points}`);
    const sum = (key: string) =>
      chart.points.reduce((all: number, point: Record<string, number>) => all + (point[key] ?? 0), 0);
    assert.deepEqual([sum("count"), sum("replies"), sum("lost"), sum("failed")], [60, 55, 4, 1]);
  }
  await close();
});

Deno.test("/series says what is wrong with a query", async () => {
  const { get, close } = await setUp();
  const cases: [query: string, status: number, detail: RegExp][] = [
    ["", 400, /'client' must be .*: it is missing/],
    ["?client=c", 400, /'ip' must be .*: it is missing/],
    ["?client=c&ip=nobody", 404, /no such ip/],
    ["?client=c&ip=a&points=0", 400, /'points' must be a whole number from 1 to 2000: it is 0/],
    ["?client=c&ip=a&points=2001", 400, /'points' must be/],
    ["?client=c&ip=a&points=1.5", 400, /'points' must be .*: it is "1\.5"/],
    ["?client=c&ip=a&points=", 400, /'points' must be/],
    ["?client=c&ip=a&ip=b", 400, /'ip' must stand there once/],
    ["?client=c&ip=a&start=0", 400, /must be at most 3660 days/],
    ["?client=c&ip=a&start=5&end=4", 400, /'start' must be before 'end'/],
    ["?client=c&ip=a&start=5&end=5", 400, /'start' must be before 'end'/],
    ["?client=c&ip=a&start=then", 400, /'start' must be a time in RFC 3339/],
  ];
  for (const [query, status, detail] of cases) assert.match(await problem(get(`/series${query}`), status), detail);
  await close();
});

Deno.test("/summary tells state, last result, windows and the newest results of each target", async () => {
  const { json, clock, close } = await setUp();
  const all = await json("/summary");
  assert.deepEqual(all.map(({ state }: { state: string }) => state), ["up", "new", "new"]);
  const [{ last, windows, recent, since, name }] = all;
  assert.equal(name, "gw");
  assert.deepEqual(last, { time: new Date(clock.now() - MINUTE).toISOString(), latency_ms: 600 });
  assert.equal(typeof since, "string");
  const { replies, lost, failed, loss } = windows["24h"];
  assert.deepEqual([replies, lost, failed, loss], [55, 4, 1, 4 / 59]);
  assert.equal(recent.length, 30);
  assert.deepEqual(recent.slice(-10), [null, null, null, null, "f", 560, 570, 580, 590, 600]);
  assert.deepEqual(all[1].windows["5m"], { replies: 0, lost: 0, failed: 0, loss: null, median: null, p95: null });
  assert.equal((await json("/summary?search=example")).length, 1);
  assert.equal((await json("/summary?client=d")).length, 1);
  await close();
});

Deno.test("/outages tells when a target was down, and when its client was silent", async () => {
  const { json, clock, close } = await setUp();
  const start = clock.now() - 60 * MINUTE;
  const { outages } = await json(`/outages?client=c&ip=a&start=${start}`);
  assert.deepEqual(outages, [{
    client: "c",
    ip: "a",
    name: "gw",
    kind: "target-down",
    start: new Date(start + 50 * MINUTE).toISOString(),
    end: new Date(start + 55 * MINUTE).toISOString(),
    length_s: 300,
    cause: "timeout",
    lost: 4,
    failed: 1,
    also_down: [],
    up_for: [],
  }]);
  await clock.advance(10 * MINUTE);
  const [silence] = (await json("/outages?client=c&ip=a")).outages;
  assert.deepEqual([silence.kind, silence.end, silence.length_s], ["client-silent", null, 660]);
  await close();
});

Deno.test("/export.csv and /export.ndjson hold every result of the range that is asked for", async () => {
  const { get, json, close } = await setUp();
  const [{ pings }] = await json("/ping-data?start=0&client=c&ip=a");
  const csv = await get("/export.csv?start=0&client=c");
  assert.equal(csv.headers.get("content-type"), "text/csv; charset=utf-8; header=present");
  assert.equal(csv.headers.get("content-disposition"), 'attachment; filename="ping-data.csv"');
  const rows = (await csv.text()).trimEnd().split("\r\n").slice(1).map((line) => line.split(","));
  assert.deepEqual(
    rows.map(([time, client, ip, name, latency]) => [time, client, ip, name, latency]),
    pings.map((ping: { timestamp: string; latency_ms: number | null }) => [
      ping.timestamp,
      "c",
      "a",
      "gw",
      String(ping.latency_ms ?? ""),
    ]),
  );
  const ndjson = await get("/export.ndjson?start=0");
  assert.equal(ndjson.headers.get("content-type"), "application/x-ndjson");
  const objects = (await ndjson.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(objects.length, 60);
  assert.deepEqual(objects.filter(({ cause }) => cause === "unresolved").length, 1);
  for (const path of ["/export.csv", "/export.ndjson"]) {
    await problem(get(`${path}?start=then`), 400);
    await problem(get(`${path}?start=2&end=1`), 400);
  }
  assert.equal(await (await get("/export.csv?client=nobody")).text(), "time,client,ip,name,latency_ms,cause\r\n");
  await close();
});
