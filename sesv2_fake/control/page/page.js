// Asks this fake's control API, and shows what is new.

import { METRICS, chart, colour } from "./chart.js";
import { day, el, find, number, percent, time } from "./dom.js";
import * as lists from "./lists.js";

const EVERY = 2_000;
const NEWEST = 50;
const GOOD = new Set(["delivery", "open", "click"]);

const base = "_sesv2_fake/";
const beside = location.pathname.match(/\/fakes\/([^/]+)\/$/);
const chosen = {};
const shown = new Set(METRICS.slice(0, 7));
const why = new Map();
const opened = new Map();
const openedEmails = new Set();
// What each part was drawn from: it is drawn anew only if that has changed.
const drawn = new Map();
let figures = null;
let round = 0;

const get = async (path) => {
  const response = await fetch(base + path, { cache: "no-store" });
  const found = await response.json();
  if (!response.ok) throw Object.assign(new Error(found.message), { isAnswer: true });
  return found;
};

const draw = (part, from, how) => {
  const text = JSON.stringify(from);
  if (drawn.get(part) === text) return;
  drawn.set(part, text);
  how();
};

const select = (name, label, values, value, all) =>
  el("label", {}, el("span", {}, label),
    el("select", { name, on: { change: (event) => { chosen[name] = event.target.value; refresh(); } } },
      ...(all ? [el("option", { value: "" }, all)] : []),
      ...values.map((one) => el("option", { value: one, selected: one === value }, one))));

const showFilters = ({ values, labels, regions, region }) => {
  const used = Object.keys(chosen).some((name) => chosen[name]);
  find("filters").replaceChildren(
    ...Object.entries(labels).map(([name, label]) => {
      const known = chosen[name] && !values[name].includes(chosen[name]) ? [chosen[name], ...values[name]] : values[name];
      return select(name, label, known, chosen[name], "All");
    }),
    select("region", "Region", regions, region),
    el("button", { type: "button", hidden: !used, on: { click: () => { for (const name of Object.keys(chosen)) delete chosen[name]; refresh(); } } }, "Clear filters"));
};

const showRates = ({ rates, totals }) => find("rates").replaceChildren(
  ...Object.entries(rates).map(([name, { rate, count, of }]) => {
    return el("div", { class: `rate ${GOOD.has(name) ? "good" : "bad"}` },
      el("h3", {}, name[0].toUpperCase() + name.slice(1)), el("strong", {}, percent(rate)),
      el("div", { class: "meter" }, el("i", { style: { width: `${Math.min(rate ?? 0, 1) * 100}%`, background: colour(count) } })),
      el("p", { title: `${count} / ${of}` }, `${number(totals[count])} of ${number(totals[of])} ${of === "SEND" ? "sent" : of === "DELIVERY_COMPLAINT" ? "with a feedback loop" : "tracked deliveries"}`));
  }));

const showLegend = ({ totals }) => find("legend").replaceChildren(
  ...METRICS.map((metric) => el("li", {}, el("button", {
    type: "button", "aria-pressed": String(shown.has(metric)),
    on: { click: () => { shown.has(metric) ? shown.delete(metric) : shown.add(metric); showFigures(); } },
  }, el("i", { style: { background: colour(metric) } }), metric, el("b", {}, number(totals[metric]))))));

const showTable = ({ days, counts, totals }) => {
  const metrics = METRICS.filter((metric) => shown.has(metric));
  const cell = (value) => el("td", { class: value ? null : "zero" }, value ? number(value) : "–");
  find("table").replaceChildren(days.length ? el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Day"), ...metrics.map((metric) =>
      el("th", { scope: "col" }, el("i", { style: { background: colour(metric) } }), metric.replaceAll("_", "_\u200b"))))),
    el("tbody", {}, ...days.map((date, place) => el("tr", {}, el("th", { scope: "row" }, date), ...metrics.map((metric) => cell(counts[metric][place])))).reverse()),
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "Total"), ...metrics.map((metric) => cell(totals[metric]))))) : "");
};

const showFigures = () => {
  showLegend(figures);
  chart(find("chart"), figures, shown);
  showTable(figures);
  find("earlier").hidden = !figures.earlier;
};

const showState = (options, clock) => {
  const vdm = { true: "VDM on", false: "VDM off", null: "VDM never set up" }[options.vdm_enabled];
  find("state").replaceChildren(
    el("li", { class: "chip" }, `${options.contract} contract`),
    el("li", { class: `chip ${options.vdm_enabled ? "" : "warn"}` }, vdm),
    options.enforce_rate_limits ? el("li", { class: "chip" }, "rate limits") : "",
    clock.is_stopped ? el("li", { class: "chip warn" }, `clock stopped at ${time(clock.time)}`) : "");
};

const showDivergences = (found) => {
  find("divergences").hidden = !found.length;
  find("divergences").replaceChildren(el("strong", {}, "The live service would refuse"), ...found.map((text) => el("span", {}, text)));
};

// Why a query is empty is asked once, when its call is first shown.
const explainNew = async (calls) => {
  for (const call of calls) {
    for (const query of call.queries) {
      const key = lists.keyOf(call, query);
      const result = call.results.find(({ id }) => id === query.id);
      if (!result || result.values.length || why.has(key)) continue;
      why.set(key, "empty");
      const response = await fetch(`${base}explain`, {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ region: call.region, query: {
          Id: query.id, Namespace: query.namespace, Metric: query.metric,
          // SES takes no empty dimensions.
          ...(Object.keys(query.dimensions).length ? { Dimensions: query.dimensions } : {}),
          StartDate: query.start_date, EndDate: query.end_date,
        } }),
      });
      if (response.ok) why.set(key, (await response.json()).explanation.split("\n").slice(1).map((line) => line.trim()).join("; "));
    }
  }
};

const showReport = async () => {
  if (!find("report").open) return;
  const { report } = await get("report");
  draw("report", report, () => { find("report").querySelector("pre").textContent = report; });
};

const refresh = async () => {
  const mine = ++round;
  const asked = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  try {
    const [health, found, calls, outbox, faults, answers, exports, options, clock, fakes] = await Promise.all([
      get("health"), get(`figures?${asked}`), get(`calls?newest=${NEWEST}`), get(`outbox?newest=${NEWEST}&content=false`),
      get("faults"), get("answers"), get("export-jobs"), get("options"), get("clock"), beside ? [] : get("fakes")]);
    const region = `region=${encodeURIComponent(found.region)}`;
    const [suppressed, identities] = await Promise.all([
      get(`suppression-list?${region}`), get(`identities?${region}`), explainNew(calls), showReport()]);
    if (mine !== round) return;
    figures = found;
    draw("filters", [found.values, found.regions, found.region, chosen], () => showFilters(found));
    draw("rates", found.rates, () => showRates(found));
    draw("figures", found, showFigures);
    draw("calls", [calls, [...why]], () => lists.calls(find("calls"), calls, health.calls, why, opened));
    draw("outbox", [outbox, health.outbox], () => lists.outbox(find("outbox"), outbox, health.outbox, Object.keys(found.labels), openedEmails, get, base));
    draw("suppressed", suppressed, () => lists.suppressed(find("suppressed"), suppressed));
    draw("identities", identities, () => lists.identities(find("identities"), identities));
    draw("divergences", lists.divergences(calls), () => showDivergences(lists.divergences(calls)));
    draw("faults", faults, () => lists.faults(find("faults"), faults));
    draw("answers", answers, () => lists.answers(find("answers"), answers, takeBack));
    draw("exports", exports, () => lists.exports(find("exports"), exports));
    draw("others", fakes, () => lists.others(find("others"), fakes));
    draw("state", [options, clock.is_stopped && clock.time], () => showState(options, clock));
    for (const [id, shown] of [["suppressed", suppressed], ["identities", identities], ["answers", answers], ["exports", exports], ["others", fakes]]) {
      find(`${id}-card`).hidden = !shown.length;
    }
    for (const [id, count] of [["calls", health.calls], ["outbox", health.outbox], ["faults", faults.length], ["suppressed", suppressed.length], ["identities", identities.length], ["answers", answers.length], ["exports", exports.length], ["others", fakes.length]]) {
      find(`${id}-number`).textContent = number(count);
    }
    find("version").textContent = `sesv2-fake ${health.version}`;
    say("live", `live · ${new Date().toLocaleTimeString("en-GB")}`);
  } catch (error) {
    if (mine === round) say(error.isAnswer ? "wrong" : "lost", error.isAnswer ? "live" : "not reached", error.isAnswer ? error.message : "");
  }
};

const takeBack = async (operation) => {
  await fetch(`${base}answers/${operation}`, { method: "DELETE" });
  await refresh();
};

const say = (kind, words, problem = "") => {
  find("live").className = kind;
  find("live").textContent = words;
  find("problem").hidden = !problem;
  find("problem").textContent = problem;
};

if (beside) find("which").replaceChildren(`fake ${beside[1]} · `, el("a", { href: "/" }, "the first one"));
find("report").addEventListener("toggle", showReport);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
window.addEventListener("resize", () => figures && chart(find("chart"), figures, shown));
const go = async () => {
  if (!document.hidden) await refresh();
  setTimeout(go, EVERY);
};
go();
