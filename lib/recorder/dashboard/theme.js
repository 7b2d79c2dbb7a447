// @ts-check
// Loaded before the page is drawn, so that a remembered theme does not flash. A plain script, not a module, for that reason.
/// <reference lib="dom" />

const THEME_KEY = "ping-theme";
/** Storage may be forbidden: then the system's theme is taken each time. */
try {
  const remembered = localStorage.getItem(THEME_KEY);
  if (remembered === "light" || remembered === "dark") document.documentElement.dataset.theme = remembered;
} catch {
  // The system's theme it is.
}
