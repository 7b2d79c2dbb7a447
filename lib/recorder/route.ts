import type { GenericSchema } from "valibot";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { EventHub } from "./event_hub.ts";
import type { LiveFeed } from "./live.ts";
import type { Store } from "./store.ts";
import type { Identity } from "./tokens.ts";

/** What every handler works with. */
export interface Services {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly live: LiveFeed;
  readonly hub: EventHub;
}

/** @param who whose token came with the request */
export type Handler = (request: Request, services: Services, who: Identity) => Response | Promise<Response>;

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/**
 * Who may: `open`: anybody; `read`, `write`: whoever has such a token, where tokens are asked for; `list`: as `read`,
 * and clients for their own targets, because every client looks there whether it is registered.
 */
export type Access = "open" | "read" | "list" | "write";

/** An answer that means success, for the OpenAPI document. */
export interface AnswerDoc {
  readonly description: string;
  /** Left out where nothing is sent. */
  readonly schema?: GenericSchema;
  /** Default `application/json`. */
  readonly type?: string;
}

/** One method of one path: what does it, and what the OpenAPI document says about it. */
export interface Route {
  readonly method: Method;
  /** As Hono writes it: `/ips/:id`. */
  readonly path: string;
  readonly access: Access;
  readonly handler: Handler;
  /** Left out for the files of the page. */
  readonly doc?: {
    readonly summary: string;
    /** By the names in the path. */
    readonly params?: Readonly<Record<string, GenericSchema>>;
    readonly query?: GenericSchema & { readonly entries: Readonly<Record<string, GenericSchema>> };
    readonly body?: GenericSchema;
    readonly answers: Readonly<Record<number, AnswerDoc>>;
    /** Error statuses besides those that follow from access and body. */
    readonly problems: readonly number[];
  };
}
