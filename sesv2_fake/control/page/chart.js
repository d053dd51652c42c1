// The counts of each day, as columns if there is room for them, else as lines.

import { el, number, svg } from "./dom.js";

export const METRICS = [
  "SEND", "DELIVERY", "OPEN", "CLICK", "COMPLAINT", "PERMANENT_BOUNCE", "TRANSIENT_BOUNCE",
  "DELIVERY_OPEN", "DELIVERY_CLICK", "DELIVERY_COMPLAINT",
];
export const colour = (metric) => `var(--${metric.toLowerCase().replaceAll("_", "-")})`;

const HEIGHT = 260;
const TOP = 14;
const BOTTOM = 26;
const RIGHT = 8;
const NARROWEST = 5;
const DAY = 86_400_000;
const LONGEST_GAP = 7;

// The axis ends at 1, 2 or 5 times a power of ten, in whole steps.
const stepOf = (most) => {
  const rough = Math.max(most / 4, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((n) => n * power >= rough);
};

const short = (value) =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1e4 ? `${value / 1e3}k` : number(value);

const words = (iso) =>
  new Date(`${iso}T00:00Z`).toLocaleDateString("en-GB", {
    timeZone: "UTC", day: "numeric", month: "short",
  });

export const chart = (place, figures, shown) => {
  const { days, counts } = figures;
  const metrics = METRICS.filter((metric) => shown.has(metric));
  if (!days.length) {
    place.replaceChildren(
      el("div", { class: "empty" },
        el("strong", {}, "Nothing counts here"),
        el("span", {}, "Seed emails, events or counts; what queries count of them appears here."),
        el("code", {}, "POST _sesv2_fake/emails")));
    return;
  }
  const width = Math.max(place.clientWidth, 240);
  const most = Math.max(1, ...metrics.flatMap((metric) => counts[metric]));
  const step = stepOf(most);
  const top = Math.ceil(most / step) * step;
  const left = 16 + short(top).length * 7;
  const { slots, breaks } = slotsOf(days);
  const slot = (width - left - RIGHT) / (slots.at(-1) + 1);
  const xOf = (at) => left + (at + 0.5) * slot;
  const middle = (place) => xOf(slots[place]);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);

  const grid = [];
  for (let value = 0; value <= top; value += step) {
    grid.push(
      svg("line", { class: value ? "grid" : "axis", x1: left, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      svg("text", { class: "tick", x: left - 8, y: y(value) + 4, "text-anchor": "end" }, short(value)));
  }
  let free = -Infinity;
  days.forEach((date, place) => {
    if (middle(place) - free < 0) return;
    free = middle(place) + 62;
    grid.push(svg("text", {
      class: "tick", x: middle(place), y: HEIGHT - 8, "text-anchor": "middle",
    }, words(date)));
  });
  for (const at of breaks) {
    const x = xOf(at);
    grid.push(
      svg("rect", { class: "break", x: x - slot / 2, y: TOP, width: slot, height: y(0) - TOP },
        svg("title", {}, "Days without counts are left out here")),
      svg("text", { class: "tick", x, y: y(0) + 4, "text-anchor": "middle" }, "⋯"));
  }

  const thickness = Math.min((slot * 0.76) / Math.max(metrics.length, 1), 26);
  const marks = thickness >= NARROWEST
    ? columns(metrics, counts, middle, y, thickness)
    : metrics.flatMap((metric) => line(metric, counts[metric], slots, breaks, xOf, y));
  const guide = svg("line", { class: "guide", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const tip = el("div", { class: "tip", hidden: true });
  const drawing = svg("svg", {
    width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img",
    "aria-label": `Counts of ${days.length} days, from ${days[0]} to ${days.at(-1)}; the table has all`,
  }, ...grid, ...marks, guide);

  const point = (event) => {
    const x = event.clientX - drawing.getBoundingClientRect().left;
    const gaps = days.map((_, place) => Math.abs(middle(place) - x));
    const nearest = gaps.indexOf(Math.min(...gaps));
    for (const end of ["x1", "x2"]) guide.setAttribute(end, middle(nearest));
    guide.setAttribute("visibility", "visible");
    tip.replaceChildren(
      el("strong", {}, days[nearest]),
      ...metrics.map((metric) => el("span", {},
        el("i", { style: { background: colour(metric) } }), el("em", {}, metric),
        el("b", {}, number(counts[metric][nearest])))));
    tip.hidden = false;
    const room = width - tip.offsetWidth - 8;
    const beside = middle(nearest) + 14;
    tip.style.left = `${Math.max(4, beside > room ? middle(nearest) - tip.offsetWidth - 14 : beside)}px`;
  };
  const leave = () => {
    tip.hidden = true;
    guide.setAttribute("visibility", "hidden");
  };
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("pointerleave", leave);
  place.replaceChildren(drawing, tip);
};

const columns = (metrics, counts, middle, y, thickness) =>
  metrics.flatMap((metric, series) => counts[metric].map((value, place) => {
    const x = middle(place) + (series - metrics.length / 2) * thickness;
    const height = value ? Math.max(y(0) - y(value), 1.5) : 0;
    const gap = thickness > 8 ? 1.5 : 0.5;
    return svg("rect", {
      x: x + gap / 2, y: y(0) - height, width: thickness - gap, height,
      rx: Math.min(3, height / 2), style: { fill: colour(metric) },
    });
  }));

// A day with nothing to count is a zero of the line; where days are left out, the line ends.
const line = (metric, values, slots, breaks, xOf, y) => {
  const parts = [[]];
  values.forEach((value, place) => {
    if (place && slots[place] - slots[place - 1] > 1) {
      if (breaks.includes(slots[place - 1] + 1)) parts.push([]);
      else parts.at(-1).push([xOf(slots[place - 1] + 1), y(0)], [xOf(slots[place] - 1), y(0)]);
    }
    parts.at(-1).push([xOf(slots[place]), y(value)]);
  });
  // A part of one day alone is a dot: a line needs two ends.
  return parts.map((points) => svg("polyline", {
    class: "line", style: { stroke: colour(metric) },
    points: (points.length > 1 ? points : [points[0], points[0]]).map((xy) => xy.map((n) => n.toFixed(1)).join(",")).join(" "),
  }));
};

// Where each day stands: one after the other, and a longer gap as one empty place.
const slotsOf = (days) => {
  const slots = [0];
  const breaks = [];
  days.slice(1).forEach((day, place) => {
    const gap = Math.round((Date.parse(day) - Date.parse(days[place])) / DAY);
    if (gap > LONGEST_GAP) breaks.push(slots[place] + 1);
    slots.push(slots[place] + (gap > LONGEST_GAP ? 2 : gap));
  });
  return { slots, breaks };
};
