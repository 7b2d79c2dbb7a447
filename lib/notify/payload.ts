import { label } from "../target.ts";
import type { Alert, AlertEvent } from "./alert.ts";
import type { Kind } from "./destination.ts";

/** A post as `fetch` takes it. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Puts an alert into the form of its receiver. Sources: docs.ntfy.sh/publish (headers, body), Slack "Sending messages
 * using incoming webhooks" and "Escaping text", Discord "Execute Webhook".
 * @param client what this box is called
 */
export function postOf(kind: Kind, alert: Alert, client: string): Post {
  const line = sentence(alert, client);
  switch (kind) {
    case "webhook":
      return json(webhookBody(alert, client));
    case "ntfy":
      // Headers are ASCII: the target's name, which may not be, stands in the body.
      return {
        headers: { "content-type": "text/plain; charset=utf-8", ...NTFY[alert.event] },
        body: line,
      };
    case "slack":
      return json({ text: `${MARKS[alert.event]} ${escapeSlack(line)}` });
    case "discord":
      // No name may call everybody.
      return json({ content: `${MARKS[alert.event]} ${line.slice(0, 1900)}`, allowed_mentions: { parse: [] } });
  }
}

const MARKS: Readonly<Record<AlertEvent, string>> = { down: "🔴", loss: "🟠", up: "🟢" };

const NTFY: Readonly<Record<AlertEvent, Readonly<Record<string, string>>>> = {
  down: { title: "target down", priority: "high", tags: "red_circle" },
  loss: { title: "target loses packets", priority: "default", tags: "orange_circle" },
  up: { title: "target up", priority: "default", tags: "green_circle" },
};

function webhookBody({ event, host, name, at, detail, changes }: Alert, client: string): Record<string, unknown> {
  return {
    event,
    client,
    target: host,
    ...(name === undefined ? {} : { name }),
    at: new Date(at).toISOString(),
    detail,
    ...(changes === undefined ? {} : { changes }),
  };
}

function sentence(alert: Alert, client: string): string {
  const { event, at, detail, changes } = alert;
  const word = event === "loss" ? "loses packets" : `is ${event}`;
  const flaps = changes === undefined ? "" : `; it flaps (changes: ${changes}), more is told each 10 minutes at most`;
  return `${label(alert)} ${word}: ${detail}${flaps} (seen by ${client}, ${new Date(at).toISOString().slice(0, 19)}Z)`;
}

function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function json(value: unknown): Post {
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
