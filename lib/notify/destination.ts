/** Shapes of a post that a receiver understands. */
export const KINDS = ["webhook", "ntfy", "slack", "discord"] as const;
export type Kind = (typeof KINDS)[number];

/** Where alerts go. */
export interface Destination {
  readonly kind: Kind;
  readonly url: string;
}

/**
 * Reads `URL` or `KIND:URL`.
 * @returns undefined where it is neither
 */
export function parseDestination(text: string): Destination | undefined {
  const match = /^(?:(webhook|ntfy|slack|discord):)?(https?:\/\/.+)$/is.exec(text);
  const kind = KINDS.find((known) => known === (match?.[1] ?? "webhook").toLowerCase());
  const url = match?.[2] ?? "";
  if (kind === undefined || !URL.canParse(url)) return undefined;
  const { username, password, hash, href } = new URL(url);
  return username + password + hash === "" ? { kind, url: href } : undefined;
}

/** How a destination is written in a log: without the path, which is the password of most webhooks. */
export function shownDestination({ kind, url }: Destination): string {
  return `${kind} at ${new URL(url).origin}`;
}
