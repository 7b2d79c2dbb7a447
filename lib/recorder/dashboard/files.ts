// Every file of the page, as text inside the program. A test compares the list with the folder.
import api from "./api.js" with { type: "text" };
import baseStyle from "./base.css" with { type: "text" };
import chartColours from "./chart_colours.js" with { type: "text" };
import chartKeys from "./chart_keys.js" with { type: "text" };
import chartTools from "./chart_tools.js" with { type: "text" };
import dom from "./dom.js" with { type: "text" };
import figures from "./figures.js" with { type: "text" };
import firstSteps from "./first_steps.js" with { type: "text" };
import format from "./format.js" with { type: "text" };
import icons from "./icons.js" with { type: "text" };
import levelLegend from "./level_legend.js" with { type: "text" };
import listHead from "./list_head.js" with { type: "text" };
import live from "./live.js" with { type: "text" };
import lossLane from "./loss_lane.js" with { type: "text" };
import lossLevels from "./loss_levels.js" with { type: "text" };
import numbers from "./numbers.js" with { type: "text" };
import order from "./order.js" with { type: "text" };
import outageList from "./outage_list.js" with { type: "text" };
import overviewStyle from "./overview.css" with { type: "text" };
import overview from "./overview.js" with { type: "text" };
import page from "./page.js" with { type: "text" };
import ranges from "./ranges.js" with { type: "text" };
import router from "./router.js" with { type: "text" };
import row from "./row.js" with { type: "text" };
import smokeChart from "./smoke_chart.js" with { type: "text" };
import smokePaint from "./smoke_paint.js" with { type: "text" };
import sparkline from "./sparkline.js" with { type: "text" };
import states from "./states.js" with { type: "text" };
import targetStyle from "./target.css" with { type: "text" };
import target from "./target.js" with { type: "text" };
import targetHead from "./target_head.js" with { type: "text" };
import targets from "./targets.js" with { type: "text" };
import theme from "./theme.js" with { type: "text" };
import themeButton from "./theme_button.js" with { type: "text" };
import tracks from "./tracks.js" with { type: "text" };
import virtualList from "./virtual_list.js" with { type: "text" };
import way from "./way.js" with { type: "text" };
import yRange from "./y_range.js" with { type: "text" };
import favicon from "./favicon.svg" with { type: "text" };
import index from "./index.html" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };

/** The page itself, its picture, and what they ask for under `/page/`. Keys are paths. */
export const PAGE_FILES: Readonly<Record<string, string>> = {
  "/": index,
  "/favicon.svg": favicon,
  "/page/uplot.css": uplotStyle,
  "/page/uplot.js": uplot,
  "/page/api.js": api,
  "/page/base.css": baseStyle,
  "/page/chart_colours.js": chartColours,
  "/page/chart_keys.js": chartKeys,
  "/page/chart_tools.js": chartTools,
  "/page/dom.js": dom,
  "/page/figures.js": figures,
  "/page/first_steps.js": firstSteps,
  "/page/format.js": format,
  "/page/icons.js": icons,
  "/page/level_legend.js": levelLegend,
  "/page/list_head.js": listHead,
  "/page/live.js": live,
  "/page/loss_lane.js": lossLane,
  "/page/loss_levels.js": lossLevels,
  "/page/numbers.js": numbers,
  "/page/order.js": order,
  "/page/outage_list.js": outageList,
  "/page/overview.css": overviewStyle,
  "/page/overview.js": overview,
  "/page/page.js": page,
  "/page/ranges.js": ranges,
  "/page/router.js": router,
  "/page/row.js": row,
  "/page/smoke_chart.js": smokeChart,
  "/page/smoke_paint.js": smokePaint,
  "/page/sparkline.js": sparkline,
  "/page/states.js": states,
  "/page/target.css": targetStyle,
  "/page/target.js": target,
  "/page/target_head.js": targetHead,
  "/page/targets.js": targets,
  "/page/theme.js": theme,
  "/page/theme_button.js": themeButton,
  "/page/tracks.js": tracks,
  "/page/virtual_list.js": virtualList,
  "/page/way.js": way,
  "/page/y_range.js": yRange,
};
