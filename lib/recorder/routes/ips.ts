import { IPS_PATH } from "../../recorder_contract.ts";
import { registeredAnswer, targetAnswer, targetsAnswer } from "../answers.ts";
import { readJson } from "../body.ts";
import { idField } from "../fields.ts";
import { refuseOtherClient } from "../guard.ts";
import { targetJson } from "../json.ts";
import { Problem } from "../problem.ts";
import { listQuery, registrationSchema, renameSchema } from "../requests.ts";
import type { Route, Services } from "../route.ts";
import type { Series, Store } from "../store.ts";
import type { Identity } from "../tokens.ts";
import { parseBody, parseQuery, parseSeriesId } from "../validation.ts";

/** `GET /ips` */
async function list(request: Request, { store }: Services, { clients }: Identity): Promise<Response> {
  const all = await store.listSeries(parseQuery(listQuery, new URL(request.url).searchParams));
  const visible = clients === "all" ? all : all.filter(({ client }) => clients.has(client));
  return Response.json(visible.map(targetJson));
}

/** `POST /ips` */
async function register(request: Request, { store, clock, live }: Services, who: Identity): Promise<Response> {
  const key = parseBody(registrationSchema, await readJson(request, clock));
  refuseOtherClient(who, key.client);
  const outcome = await store.register(key);
  if (outcome === "full") {
    throw new Problem(429, "Cannot register: this recorder holds as many targets as it may", { "retry-after": "3600" });
  }
  if (outcome === "existed") throw new Problem(409, "Cannot register: this ip already exists for this client");
  live.publish({ kind: "targets" });
  return Response.json(key, { status: 201 });
}

/** `GET /ips/<id>` */
async function one(request: Request, { store }: Services): Promise<Response> {
  return Response.json(targetJson(await find(store, request.url)));
}

/** `PATCH /ips/<id>` */
async function rename(request: Request, { store, clock, live }: Services, who: Identity): Promise<Response> {
  const { name } = parseBody(renameSchema, await readJson(request, clock));
  const { id, client } = await find(store, request.url);
  refuseOtherClient(who, client);
  const renamed = await store.renameSeries(id, name) ?? noSuchTarget();
  live.publish({ kind: "targets" });
  return Response.json(targetJson(renamed));
}

/** `DELETE /ips/<id>` */
async function remove(request: Request, { store, live }: Services, who: Identity): Promise<Response> {
  const { id, client } = await find(store, request.url);
  refuseOtherClient(who, client);
  if (!await store.deleteSeries(id)) noSuchTarget();
  live.publish({ kind: "targets" });
  return new Response(null, { status: 204 });
}

async function find(store: Store, url: string): Promise<Series> {
  return await store.getSeries(parseSeriesId(url)) ?? noSuchTarget();
}

function noSuchTarget(): never {
  throw new Problem(404, "Cannot find this target");
}

const ID_PATH = `${IPS_PATH}/:id`;
const params = { id: idField };

export const ipRoutes: readonly Route[] = [
  {
    method: "GET",
    path: IPS_PATH,
    access: "list",
    handler: list,
    doc: {
      summary: "The targets, in the order in which they were registered",
      query: listQuery,
      answers: { 200: { description: "The targets", schema: targetsAnswer } },
      problems: [400],
    },
  },
  {
    method: "POST",
    path: IPS_PATH,
    access: "write",
    handler: register,
    doc: {
      summary: "Register a target of a client",
      body: registrationSchema,
      answers: { 201: { description: "Registered", schema: registeredAnswer } },
      problems: [409, 429],
    },
  },
  {
    method: "GET",
    path: ID_PATH,
    access: "read",
    handler: one,
    doc: {
      summary: "One target",
      params,
      answers: { 200: { description: "The target", schema: targetAnswer } },
      problems: [400, 404],
    },
  },
  {
    method: "PATCH",
    path: ID_PATH,
    access: "write",
    handler: rename,
    doc: {
      summary: "Name a target, or take its name away; what clients send does not change it any more",
      params,
      body: renameSchema,
      answers: { 200: { description: "The target as it is now", schema: targetAnswer } },
      problems: [404],
    },
  },
  {
    method: "DELETE",
    path: ID_PATH,
    access: "write",
    handler: remove,
    doc: {
      summary: "Delete a target with its history",
      params,
      answers: { 204: { description: "Deleted" } },
      problems: [400, 404],
    },
  },
];
