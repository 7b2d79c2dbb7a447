import alerts from "./assets/alerts.yaml" with { type: "text" };
import grafana from "./assets/grafana.json" with { type: "text" };

/** A text that the program carries for another program. */
export interface Asset {
  /** What it is, in the help. */
  readonly about: string;
  readonly text: string;
}

/** What `ping-client assets NAME` prints. */
export const ASSETS: Readonly<Record<string, Asset>> = {
  alerts: { about: "alert rules for Prometheus", text: alerts },
  grafana: { about: "a dashboard for Grafana", text: grafana },
};
