// Calls, outbox, faults and the other fakes, each as a list of what is there.

import { clock, day, el, number, time } from "./dom.js";

const pill = (kind, text) => el("span", { class: `pill ${kind}` }, text);
const none = (text, code) =>
  el("div", { class: "empty" }, el("span", {}, text), code ? el("code", {}, code) : null);

const outcomeOf = (call) => {
  if (call.error) return pill("bad", call.error);
  if (call.errors.length) return pill("bad", `${call.errors.length} failed`);
  const empty = call.results.filter((result) => !result.values.length).length;
  if (call.divergences.length) return pill("warn", "live refuses");
  if (empty) return pill("warn", empty === call.results.length ? "empty" : `${empty} empty`);
  return pill("good", "answered");
};

export const keyOf = (call, query) => JSON.stringify([call.time, call.region, query]);

const queryOf = (call, query, why) => {
  const result = call.results.find(({ id }) => id === query.id);
  const error = call.errors.find(({ id }) => id === query.id);
  const filters = Object.entries(query.dimensions).map(([name, value]) =>
    el("span", { class: "filter" }, `${name}=${value}`));
  const total = result?.values.reduce((sum, value) => sum + value, 0);
  return el("li", {},
    el("div", { class: "asked" },
      el("b", {}, query.metric), el("span", { class: "quiet" }, query.id),
      el("span", { class: "spans" }, `${day(query.start_date)} → ${day(query.end_date)}`), ...filters,
      result?.values.length ? el("b", { class: "total" }, number(total)) : null),
    result?.values.length
      ? el("div", { class: "values" }, ...result.values.map((value, place) =>
        el("span", {}, el("i", {}, day(result.timestamps[place]).slice(5)), number(value))))
      : null,
    result && !result.values.length
      ? el("p", { class: "why" }, why.get(keyOf(call, query)) ?? "empty") : null,
    error ? el("p", { class: "why bad" }, `${error.code}: ${error.message}`) : null);
};

const hasMore = (call) => Boolean(call.queries.length || call.unreadable.length || call.message || call.divergences.length);

export const calls = (place, found, total, why, opened) => {
  if (!found.length) {
    place.replaceChildren(none("No call has reached this fake yet. Give its URL to an SDK:", `AWS_ENDPOINT_URL_SESV2=${location.origin}${location.pathname.replace(/\/$/, "")}`));
    return;
  }
  const first = total - found.length;
  place.replaceChildren(
    ...found.map((call, place) => ({ call, n: first + place })).reverse().map(({ call, n }) => {
      const details = el("details", { class: "item", open: opened.get(n) ?? (n === total - 1 && hasMore(call)) },
        el("summary", {},
          el("span", { class: "when", title: time(call.time) }, clock(call.time)),
          el("span", { class: "what" }, el("b", {}, call.operation),
            el("span", { class: "quiet" }, [call.region, call.number_of_queries ? `${number(call.number_of_queries)} ${call.number_of_queries === 1 ? "query" : "queries"}` : null, call.attempt > 1 ? `attempt ${call.attempt}` : null].filter(Boolean).join(" · "))),
          outcomeOf(call)),
        call.message ? el("p", { class: "why bad" }, call.message) : null,
        ...call.unreadable.map((text) => el("p", { class: "why bad" }, text)),
        ...call.divergences.map((text) => el("p", { class: "why warn" }, `The live service would refuse it: ${text}`)),
        el("ul", {}, ...call.queries.map((query) => queryOf(call, query, why))));
      details.addEventListener("toggle", () => opened.set(n, details.open));
      return details;
    }),
    first ? el("p", { class: "quiet more" }, `and ${number(first)} older`) : "");
};

// The HTML of an email stands in a frame in which nothing runs and nothing is loaded.
const contentOf = (email, base) => [
  el("dl", { class: "headers" }, ...[["From", [email.sender]], ["To", email.to], ["Cc", email.cc], ["Bcc", email.bcc], ["Reply-To", email.reply_to]]
    .filter(([, addresses]) => addresses.length)
    .map(([name, addresses]) => el("div", {}, el("dt", {}, name), el("dd", {}, addresses.join(", "))))),
  email.unrendered ? el("p", { class: "why warn" }, email.unrendered) : null,
  email.html !== null ? el("iframe", { class: "html", sandbox: "", title: "HTML of the email", src: `${base}page/html/${encodeURIComponent(email.message_id)}` }) : null,
  email.text !== null ? el("pre", { class: "text", tabindex: "0" }, email.text) : null,
  ...email.attachments.map(({ file_name, content_type, content }) => el("a", {
    class: "attachment", download: file_name ?? "attachment", href: `data:application/octet-stream;base64,${content}`,
  }, file_name ?? "attachment", el("span", { class: "quiet" }, content_type))),
  email.headers.length ? el("details", { class: "all-headers" }, el("summary", {}, "Headers"),
    el("pre", { class: "text", tabindex: "0" }, email.headers.map(({ name, value }) => `${name}: ${value}`).join("\n"))) : null,
];

export const outbox = (place, emails, total, dimensions, opened, get, base) => {
  if (!emails.length) {
    place.replaceChildren(none("No email was sent through an SDK yet."));
    return;
  }
  place.replaceChildren(
    ...[...emails].reverse().map((email) => {
      const content = el("div", { class: "content" });
      const show = async () => {
        if (details.open && !content.childElementCount) content.replaceChildren(...contentOf(await get(`outbox/${encodeURIComponent(email.message_id)}`), base).filter(Boolean));
      };
      const details = el("details", { class: "item email", open: opened.has(email.message_id) },
        el("summary", {},
          el("span", { class: "when", title: time(email.sent_at) }, clock(email.sent_at)),
          el("span", { class: "what" }, el("b", {}, email.subject ?? "(no subject)"),
            el("span", { class: "quiet" }, `${email.sender} → ${email.recipients.join(", ")}`),
            el("span", { class: "chips" },
              ...email.happened.map((words) => pill(/bounce|complain/.test(words) ? "bad" : "good", words)),
              ...dimensions.map((name) => email[name]).filter(Boolean).map((text) => pill("", text)),
              email.template_name ? pill("", `template ${email.template_name}`) : null,
              ...Object.entries(email.tags).map(([name, value]) => pill("", `${name}=${value}`))))),
        content);
      details.addEventListener("toggle", () => { details.open ? opened.add(email.message_id) : opened.delete(email.message_id); show(); });
      show();
      return details;
    }),
    total > emails.length ? el("p", { class: "quiet more" }, `and ${number(total - emails.length)} older`) : "");
};

export const suppressed = (place, found) => {
  place.replaceChildren(...found.map(({ address, reason }) => el("div", { class: "item" },
    el("div", { class: "line" }, el("b", {}, address), pill("bad", reason)))));
};

export const identities = (place, found) => {
  place.replaceChildren(...found.map(({ name, verified }) => el("div", { class: "item" },
    el("div", { class: "line" }, el("b", {}, name), verified ? pill("good", "verified") : pill("warn", "not verified")))));
};

// What the live service would refuse, each once.
export const divergences = (calls) => {
  const found = new Map();
  for (const call of calls) for (const text of call.divergences) found.set(text, (found.get(text) ?? 0) + 1);
  return [...found].map(([text, count]) => `${count} ${count === 1 ? "call" : "calls"}: ${text}`);
};

const stateOf = (planned, verb) => {
  if (planned.is_missed) return pill("warn", planned.hits ? "not all yet" : "not yet");
  return planned.hits ? pill("good", verb) : pill("", "optional");
};

const times = (count) => (count === 1 ? "once" : `${number(count)} times`);
const howOften = ({ hits, times: most }, verb) =>
  `${hits ? `${verb} ${times(hits)}` : `never ${verb}`}, ${most === null ? "for every call" : `set up for ${times(most)}`}`;

export const faults = (place, found) => {
  if (!found.length) {
    place.replaceChildren(none("Nothing is set up to fail."));
    return;
  }
  place.replaceChildren(...found.map((fault) => el("div", { class: "item fault" },
    el("div", { class: "line" }, el("b", {}, fault.what), stateOf(fault, "triggered")),
    el("div", { class: "quiet" }, howOften(fault, "triggered")))));
};

export const answers = (place, found, takeBack) => {
  place.replaceChildren(...found.map((answer) => el("div", { class: "item" },
    el("div", { class: "line" }, el("b", {}, answer.what), stateOf(answer, "used")),
    el("div", { class: "line" },
      el("span", { class: "quiet" }, howOften(answer, "used")),
      el("button", { type: "button", class: "act", "aria-label": `Take back the answers to ${answer.operation}`, on: { click: () => takeBack(answer.operation) } }, "Take back")))));
};

const STATUSES = { COMPLETED: "good", FAILED: "bad" };

export const exports = (place, jobs) => {
  place.replaceChildren(...[...jobs].reverse().map((job) => el("div", { class: "item" },
    el("div", { class: "line" }, el("b", {}, job.file_name), pill(STATUSES[job.status] ?? "", job.status)),
    el("div", { class: "quiet" }, [job.source_type, job.data_format, job.region].join(" · ")))));
};

export const others = (place, found) => {
  place.replaceChildren(...found.map((fake) => el("a", { class: "item", href: `_sesv2_fake/fakes/${fake.id}/` },
    el("div", { class: "line" }, el("b", {}, fake.id),
      el("span", { class: "quiet" }, `${number(fake.calls)} ${fake.calls === 1 ? "call" : "calls"}`)))));
};
