import alerts from "./assets/alerts.yaml" with { type: "text" };
import grafana from "./assets/grafana.json" with { type: "text" };
import { manPage } from "./assets/man.ts";
import systemd from "./assets/ping-client.service" with { type: "text" };
import type { HelpTexts } from "./help_texts.ts";

/** A text that the program carries for another program. */
export interface Asset {
  /** What it is, in the help. */
  readonly about: string;
  /** The text, or how it is made from what the help says. */
  readonly text: string | ((texts: HelpTexts) => string);
}

/** What `ping-client assets NAME` prints. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  alerts: { about: "alert rules for Prometheus", text: alerts },
  grafana: { about: "a dashboard for Grafana", text: grafana },
  man: { about: "the manual page", text: manPage },
  systemd: { about: "a hardened unit for systemd", text: systemd },
};
