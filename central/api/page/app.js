// Placewatch's page: events live, newest first.

import { detail } from "./detail.js";
import { element, shape } from "./dom.js";
import { Feed, getJson } from "./feed.js";
import { row } from "./rows.js";
import { clock, relative, setServerTime } from "./times.js";
import { currentLanguage, named, switchLanguage, word } from "./words.js";

const PAGE = 100;
const COLOURS = ["red", "yellow", "blue"];
const FIGURES_MS = 10_000;

const events = new Map();
const filter = { colours: new Set(COLOURS), holding: false };
const state = { link: "connecting", since: 0, cursor: null, shown: null, figures: null, problem: "" };
const $ = (id) => document.getElementById(id);

const feed = new Feed({
  change: ({ event }) => {
    events.set(event.id, event);
    place(event, true);
    refreshFigures();
    if (state.shown === event.id) {
      show(event.id);
    }
  },
  tick: setServerTime,
  reset: load,
  state: (link, since) => {
    state.link = link;
    state.since = since;
    drawLink();
  },
});

async function load() {
  try {
    const page = await getJson(`/api/v1/events?limit=${PAGE}`);
    events.clear();
    page.items.forEach((event) => events.set(event.id, event));
    state.cursor = page.next_cursor;
    state.problem = "";
    feed.follow(page.stream_position);
    refreshFigures();
    draw();
  } catch (error) {
    state.problem = word("failed", { reason: error.message });
    drawLink();
    setTimeout(load, 3_000);
  }
}

async function loadMore() {
  const page = await getJson(`/api/v1/events?limit=${PAGE}&cursor=${encodeURIComponent(state.cursor)}`);
  page.items.filter((event) => !events.has(event.id)).forEach((event) => events.set(event.id, event));
  state.cursor = page.next_cursor;
  drawList();
}

let figuresTimer = null;

/** At most once a second, however fast changes come. */
function refreshFigures() {
  if (figuresTimer === null) {
    figuresTimer = setTimeout(async () => {
      figuresTimer = null;
      try {
        state.figures = await getJson("/api/v1/figures");
        drawCounts();
      } catch {
        // The banner already says that the server is away.
      }
    }, state.figures === null ? 0 : 1_000);
  }
}

function visible(event) {
  return filter.colours.has(event.colour.id) && !(filter.holding && event.cleared_at);
}

function later(one, other) {
  return Date.parse(other.last_received) - Date.parse(one.last_received) || other.id - one.id;
}

const actions = { show, enlarge };

/** Put one changed event where it belongs, without drawing the rest anew. */
function place(event, fresh) {
  const list = $("events");
  list.querySelector(`[data-id="${event.id}"]`)?.remove();
  if (visible(event)) {
    const made = row(event, actions);
    made.classList.toggle("fresh", fresh);
    const next = [...list.children].find((other) => later(event, events.get(Number(other.dataset.id))) < 0);
    list.insertBefore(made, next ?? null);
  }
  $("empty").hidden = list.children.length > 0;
}

function drawList() {
  const rows = [...events.values()].filter(visible).sort(later).map((event) => row(event, actions));
  $("events").replaceChildren(...rows);
  $("empty").hidden = rows.length > 0;
  $("more").hidden = state.cursor === null;
}

function drawCounts() {
  const figures = state.figures;
  if (figures === null) {
    return;
  }
  const colours = COLOURS.map((colour) =>
    element(
      "button.count",
      {
        type: "button",
        class: `count ${colour}`,
        "aria-pressed": String(filter.colours.has(colour)),
        click: () => toggle(colour),
      },
      element("span.what", {}, shape(colour), colourName(colour)),
      element("strong", {}, String(figures.events.open_by_colour[colour] ?? 0)),
    ),
  );
  const plain = [
    ["alerts", figures.alerts_committed],
    ["boxes", `${figures.boxes_online} / ${figures.boxes}`],
    ["letters", figures.dead_letters],
  ].map(([key, value]) =>
    element(
      "div.count",
      { class: key === "letters" && value ? "count warn" : "count" },
      element("span.what", {}, word(key)),
      element("strong", {}, String(value)),
    ),
  );
  $("counts").replaceChildren(...colours, ...plain);
}

const COLOUR_NAMES = {
  red: { zh: "红色", en: "red" },
  yellow: { zh: "黄色", en: "yellow" },
  blue: { zh: "蓝色", en: "blue" },
};

function colourName(colour) {
  const known = [...events.values()].find((event) => event.colour.id === colour);
  return named(known ? known.colour.name : COLOUR_NAMES[colour]);
}

function toggle(colour) {
  if (!filter.colours.delete(colour)) {
    filter.colours.add(colour);
  }
  drawCounts();
  drawList();
}

function drawLink() {
  const link = $("link");
  link.className = `link ${state.link}`;
  link.textContent = word(state.link);
  const stale = $("stale");
  stale.hidden = state.link !== "broken" && !state.problem;
  stale.textContent = state.link === "broken" ? word("stale", { time: clock(state.since) }) : state.problem;
}

function drawWords() {
  document.documentElement.lang = currentLanguage();
  document.title = word("title");
  document.querySelectorAll("[data-text]").forEach((node) => {
    node.textContent = word(node.dataset.text);
  });
  $("language").textContent = word("language");
}

function draw() {
  drawWords();
  drawLink();
  drawCounts();
  drawList();
}

async function show(id) {
  const dialog = $("detail");
  state.shown = id;
  try {
    const event = await getJson(`/api/v1/events/${id}`);
    if (state.shown !== id) {
      return;
    }
    dialog.replaceChildren(...detail(event, { close: () => dialog.close(), enlarge }).filter(Boolean));
    if (!dialog.open) {
      dialog.showModal();
      dialog.scrollTop = 0;
    }
    history.replaceState(null, "", `#event/${id}`);
  } catch {
    state.shown = null;
  }
}

function enlarge(picture, name) {
  const box = $("lightbox");
  box.replaceChildren(
    element(
      "button.quiet",
      { type: "button", click: () => box.close(), "aria-label": word("close") },
      word("close"),
    ),
    element("img", { src: picture.url, alt: word("picture_of", { place: name }) }),
  );
  box.showModal();
}

function showByAddress() {
  const id = /^#event\/(\d+)$/.exec(location.hash)?.[1];
  if (id) {
    show(Number(id));
  }
}

$("language").addEventListener("click", () => {
  switchLanguage();
  draw();
  if (state.shown !== null) {
    show(state.shown);
  }
});
$("holding").addEventListener("change", (change) => {
  filter.holding = change.target.checked;
  drawList();
});
$("more").addEventListener("click", loadMore);
$("detail").addEventListener("close", () => {
  state.shown = null;
  history.replaceState(null, "", location.pathname);
});
for (const id of ["detail", "lightbox"]) {
  $(id).addEventListener("click", (click) => click.target === $(id) && $(id).close());
}
window.addEventListener("hashchange", showByAddress);
setInterval(() => {
  document.querySelectorAll("time[datetime]").forEach((node) => {
    node.querySelector(".ago").textContent = relative(node.getAttribute("datetime"));
  });
}, 5_000);
setInterval(refreshFigures, FIGURES_MS);

drawWords();
drawLink();
load().then(showByAddress);
