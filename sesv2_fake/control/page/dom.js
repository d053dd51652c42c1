// Elements made by hand: text is always text, whatever an email or a query holds.

const SVG = "http://www.w3.org/2000/svg";

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "style") {
      for (const [property, set] of Object.entries(value)) element.style.setProperty(property, set);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
};

export const el = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

export const find = (id) => document.getElementById(id);

const numbers = new Intl.NumberFormat("en-US");
export const number = (value) => numbers.format(value);

export const percent = (rate) => {
  if (rate === null) return "–";
  const shown = rate * 100;
  const digits = shown !== 0 && Math.abs(shown) < 1 ? 2 : 1;
  return `${Number(shown.toFixed(digits))}%`;
};

// SES counts UTC days, so that every time here is in UTC.
export const time = (iso) => iso.replace("T", " ").replace(/(\.\d+)?(\+00:00|Z)$/, "");
export const clock = (iso) => time(iso).slice(11, 19);
export const day = (iso) => time(iso).replace(/ 00:00:00$/, "");
