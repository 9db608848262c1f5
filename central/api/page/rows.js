// One event as a row of the list.

import { element, shape } from "./dom.js";
import { exact, relative } from "./times.js";
import { named, word } from "./words.js";

export function badge(colour) {
  return element("span.badge", { class: `badge ${colour.id}` }, shape(colour.id), named(colour.name));
}

export function moment(text, className = "") {
  return element(
    "time",
    { datetime: text, title: exact(text), class: className },
    element("span.ago", {}, relative(text)),
    element("span.exact", {}, exact(text)),
  );
}

export function tags(event) {
  return [
    element("span.tag", {}, named(event.state.name)),
    event.cleared_at
      ? element("span.tag.calm", { title: exact(event.cleared_at) }, word("cleared"))
      : element("span.tag.holding", {}, word("holding")),
    event.unmapped ? element("span.tag.warn", { title: word(event.unmapped) }, word("unmapped")) : null,
    event.late_alerts ? element("span.tag.warn", {}, `${word("late")} ${event.late_alerts}`) : null,
  ].filter(Boolean);
}

export function owner(event) {
  const names = event.org_path.map((org) => named(org.name));
  return event.grid ? [...names, named(event.grid.name)] : names;
}

export function row(event, { show, enlarge }) {
  const place = named(event.place.name);
  const picture = event.picture
    ? element(
        "button.thumb",
        { type: "button", title: word("enlarge"), click: () => enlarge(event.picture, place) },
        element("img", { src: event.picture.url, alt: word("picture_of", { place }), loading: "lazy" }),
      )
    : element("span.thumb.none", {}, word("no_picture"));
  const title = element(
    "button.title",
    { type: "button", click: () => show(event.id) },
    event.fault ? `${named(event.kind.name)}：${named(event.fault.name)}` : named(event.kind.name),
  );
  return element(
    "li.event",
    { "data-id": event.id, class: `event ${event.colour.id}` },
    picture,
    element(
      "div.body",
      {},
      element(
        "div.head",
        {},
        badge(event.colour),
        title,
        element("span.times", {}, word("times", { n: event.alerts })),
      ),
      element("div.where", {}, element("strong", {}, place), ` · ${named(event.zone.name)}`),
      event.colour.rule === "default" ? null : element("div.why-colour", {}, named(event.colour.reason)),
      element("div.owner", {}, owner(event).slice(-3).join(" › ")),
      element("div.tags", {}, ...tags(event)),
    ),
    element(
      "div.side",
      {},
      moment(event.last_received),
      element("span.number", {}, event.number),
    ),
  );
}
