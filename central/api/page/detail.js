// One event in full: picture, facts, responsibility, timeline.

import { element } from "./dom.js";
import { badge, moment, owner, tags } from "./rows.js";
import { exact } from "./times.js";
import { named, timeLimit, word } from "./words.js";

const LIMITS = { accept: "accept", arrive: "arrive", close: "settle" };

export function detail(event, { close, enlarge }) {
  const place = named(event.place.name);
  return [
    element(
      "div.dialog-head",
      {},
      badge(event.colour),
      element("h2", { id: "detail-title" }, named(event.kind.name)),
      element("button.quiet", { type: "button", click: close, autofocus: true }, word("close")),
    ),
    element(
      "div.dialog-body",
      {},
      event.picture ? figure(event.picture, place, enlarge, "img.large") : null,
      element("div.tags", {}, ...tags(event)),
      facts(event, place),
      element("h3", {}, word("timeline")),
      element("ol.timeline", {}, ...[...event.timeline].reverse().map(entry)),
      event.pictures.length > 1 ? element("h3", {}, word("pictures")) : null,
      event.pictures.length > 1
        ? element("div.strip", {}, ...event.pictures.map((one) => figure(one, place, enlarge, "img")))
        : null,
    ),
  ];
}

function figure(picture, place, enlarge, kind) {
  return element(
    "button.thumb",
    { type: "button", title: word("enlarge"), click: () => enlarge(picture, place) },
    element(kind, { src: picture.url, alt: word("picture_of", { place }), loading: "lazy" }),
    element("span.caption", {}, exact(picture.captured)),
  );
}

function facts(event, place) {
  const item = event.item;
  const limits = item
    ? Object.entries(LIMITS).map(([key, name]) => `${word(name)} ${timeLimit(item.limits[key])}`)
    : [];
  const counts = [String(event.count), `${word("peak")} ${event.peak_count}`];
  if (event.limit !== null) {
    counts.push(`${word("limit")} ${event.limit}`);
  }
  const pairs = [
    ["number", event.number],
    ["where", `${place} (${named(event.place.class_name)})`],
    ["zone", named(event.zone.name)],
    ["owner", owner(event).join(" › ")],
    ["unmapped", event.unmapped && word(event.unmapped)],
    ["reason", named(event.colour.reason)],
    ["item", item && `${item.number} ${named(item.name)}`],
    ["lead", item && item.lead.map(named).join(" · ")],
    ["limits", limits.join(" · ")],
    ["standard", item && named(item.closed_when)],
    ["count", counts.join(" · ")],
    ["camera", `${event.site} / ${event.box} / ${event.camera}`],
    ["first", moment(event.first_seen)],
    ["last", moment(event.last_seen)],
    ["received", moment(event.received)],
    ["alerts", word("joined", { alerts: event.alerts, episodes: event.episodes })],
  ];
  const rows = pairs
    .filter(([, value]) => value)
    .flatMap(([key, value]) => [element("dt", {}, word(key)), element("dd", {}, value)]);
  return element("dl.facts", {}, ...rows);
}

function entry(line) {
  const actor = line.actor.startsWith("box://")
    ? word("by_camera", { camera: line.actor.slice("box://".length) })
    : word("by_central");
  return element(
    "li",
    { class: line.verb.id },
    element("strong", {}, named(line.verb.name)),
    element("span.actor", {}, actor),
    line.details.reason ? element("span.why", {}, line.details.reason) : null,
    moment(line.occurred),
  );
}
