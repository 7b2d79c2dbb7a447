// @ts-check
// The page: wires the live feed, the summary and the two views. JavaScript, since the recorder serves this very file; the type
// checker reads it all the same.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { getSummary } from "./api.js";
import { byId, make, put } from "./dom.js";
import { showFirstSteps } from "./first_steps.js";
import { listen } from "./live.js";
import { Overview } from "./overview.js";
import { readRoute } from "./router.js";
import { TargetView } from "./target.js";
import { Targets } from "./targets.js";
import { themeButton } from "./theme_button.js";
/** @import { LiveResult } from "./types.ts" */

/** The summary is asked for again so often: it costs the recorder something for each target. */
const REFRESH_MIN_MS = 5000;
const REFRESH_MAX_MS = 30_000;
const REFRESH_PER_TARGET_MS = 15;

const targets = new Targets();
const overview = new Overview(byId("overview"), targets);
const target = new TargetView(byId("target"), targets);
let known = false;
let asking = false;
let again = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Asks for every target's figures; a call while one is under way makes one more follow. */
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  clearTimeout(timer);
  try {
    targets.replace(await getSummary());
    known = true;
    showRoute(false);
    overview.update();
    target.summaryChanged();
    showAway(undefined);
  } catch (error) {
    showAway(error);
  } finally {
    asking = false;
    const waitMs = Math.min(Math.max(targets.size * REFRESH_PER_TARGET_MS, REFRESH_MIN_MS), REFRESH_MAX_MS);
    timer = setTimeout(whenSeen, again ? 300 : waitMs);
    again = false;
  }
}

/** A page that nobody looks at asks for nothing. */
function whenSeen() {
  if (document.hidden) addEventListener("visibilitychange", refresh, { once: true });
  else refresh();
}

/** What is shown stays; the reason stands above it. @param {unknown} error */
function showAway(error) {
  const away = byId("away");
  away.hidden = error === undefined;
  if (!away.hidden) {
    put(away, `Recorder not reachable, retrying.${known ? " What you see is what was last known." : ""}`);
  }
  const live = byId("live");
  live.dataset.state = error === undefined ? "live" : "away";
  put(live, error === undefined ? "Live" : "Offline");
  if (error !== undefined && !known) byId("loading").hidden = true;
}

/** @param {LiveResult[]} results */
function takeResults(results) {
  const { changed, moved, unknown } = targets.apply(results);
  if (unknown) refresh();
  if (changed.size > 0) overview.touch(moved);
  target.take(results);
  if (moved) showTitle();
}

/** How many are down stands in the title, for the tab in the background. */
function showTitle() {
  const down = targets.all.filter(({ state }) => state === "down").length;
  const route = readRoute(location.hash);
  const name = route.view === "target" ? target.title : "Pings";
  document.title = down === 0 ? name : `(${down} down) ${name}`;
}

/** @param {boolean} entered by the person, not by a refresh */
function showRoute(entered) {
  if (!known) return;
  const route = readRoute(location.hash);
  byId("loading").hidden = true;
  byId("empty").hidden = targets.size > 0 || route.view === "target";
  if (route.view === "target") {
    overview.hide();
    target.show(route);
  } else {
    target.hide();
    if (targets.size === 0) overview.hide();
    else if (entered || byId("overview").hidden) overview.show(route.words);
  }
  showTitle();
}

function start() {
  byId("live").after(themeButton(() => target.repaint()));
  showFirstSteps(byId("empty"), location.origin);
  // The skip link must not be taken for a route.
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  addEventListener("hashchange", () => {
    showRoute(true);
    scrollTo(0, 0);
  });
  listen({
    opened: refresh,
    results: takeResults,
    targets: refresh,
    lost: showAway,
  });
  refresh();
}

document.body.append(make("div", { class: "visually-hidden", role: "status", id: "say" }));
start();
