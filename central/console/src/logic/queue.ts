// The order and the folding of the live queue. Pure.

import type { ColourId, EventView } from "@/api/model";

import { due } from "./deadlines";

export const COLOURS: readonly ColourId[] = ["red", "yellow", "blue"];
const RANK: Record<ColourId, number> = { red: 0, yellow: 1, blue: 2 };

export interface Filter {
  colours: ReadonlySet<ColourId>;
  /** Only what the camera still sees. */
  holding: boolean;
  /** What is shelved: not, also, or alone. */
  shelved: "without" | "with" | "only";
  /** What another event stands for: not, also, or alone. */
  spared: "without" | "with" | "only";
  /** Only events of one kind; empty for all. */
  kind: string;
  /** Words that number, place, zone, kind or owner contain; all of them. */
  text: string;
}

export function everything(): Filter {
  return { colours: new Set(COLOURS), holding: false, shelved: "without", spared: "without", kind: "", text: "" };
}

/** Whether an event belongs on the desk at `now` (milliseconds, the server's clock). */
export function wanted(event: EventView, filter: Filter, now: number): boolean {
  return (
    standing(event) &&
    filter.colours.has(event.colour.id) &&
    !(filter.holding && event.cleared_at) &&
    !(filter.kind && event.kind.id !== filter.kind) &&
    (filter.shelved === "with" || (filter.shelved === "only") === shelved(event, now)) &&
    (filter.spared === "with" || (filter.spared === "only") === spared(event)) &&
    matches(event, filter.text)
  );
}

/** Whether it stands on its own: open, and no part of another event. */
export function standing(event: EventView): boolean {
  return event.open && !event.merged_into;
}

export function shelved(event: EventView, now: number): boolean {
  return Boolean(event.shelved_until && Date.parse(event.shelved_until) > now);
}

/** By which rule the centre hides what the flood mode folds by itself. */
const FLOODED = "flood";

/** Whether another open event stands for it; what a flood hides is folded by place instead, see `lines`. */
export function spared(event: EventView): boolean {
  return Boolean(event.hidden_by) && event.hidden_why?.id !== FLOODED;
}

/** Whether the centre sees a flood at its desk. */
export function flooded(event: EventView): boolean {
  return Boolean(event.hidden_by) && event.hidden_why?.id === FLOODED;
}

function matches(event: EventView, text: string): boolean {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return true;
  }
  const names = [event.place.name, event.zone.name, event.kind.name, event.org.name, event.grid?.name];
  const hay = [event.number, event.place.id, ...names.flatMap((name) => (name ? [name.zh, name.en] : []))]
    .join("\n")
    .toLocaleLowerCase();
  return words.every((word) => hay.includes(word));
}

interface Key {
  rank: number;
  due: number;
  active: number;
}

// An event is never changed, only replaced: what it is sorted by need be read from its texts but once.
const keys = new WeakMap<EventView, Key>();

function key(event: EventView): Key {
  let made = keys.get(event);
  if (!made) {
    made = { rank: RANK[event.colour.id], due: due(event)?.at ?? Infinity, active: Date.parse(event.last_received) };
    keys.set(event, made);
  }
  return made;
}

/** Red before yellow before blue; then what is due first; then what was active last. */
export function order(one: EventView, other: EventView): number {
  const [mine, its] = [key(one), key(other)];
  if (mine.rank !== its.rank) {
    return mine.rank - its.rank;
  }
  if (mine.due !== its.due) {
    return mine.due < its.due ? -1 : 1;
  }
  return its.active - mine.active || other.id - one.id;
}

/** A line of the queue: one event, or in a flood the further ones of a place behind its first. */
export interface Line {
  event: EventView;
  /** Events of the same place that this line stands for besides its own. */
  hidden: EventView[];
}

/** More new events than this in ten minutes is a flood (ISA-18.2). */
export const FLOOD = 10;
export const FLOOD_MS = 600_000;

/** How many events were first received within the last ten minutes. */
export function arrivals(events: Iterable<EventView>, now: number): number {
  let count = 0;
  for (const event of events) {
    if (now - Date.parse(event.received) < FLOOD_MS) {
      count += 1;
    }
  }
  return count;
}

/** In a flood each place keeps one line, and every red one. Expects `events` in order; hides nothing uncounted. */
export function lines(events: readonly EventView[], flood: boolean): Line[] {
  if (!flood) {
    return events.map((event) => ({ event, hidden: [] }));
  }
  const first = new Map<string, Line>();
  const out: Line[] = [];
  for (const event of events) {
    const line = first.get(event.place.id);
    if (event.colour.id !== "red" && line) {
      line.hidden.push(event);
      continue;
    }
    const made: Line = { event, hidden: [] };
    out.push(made);
    if (!line) {
      first.set(event.place.id, made);
    }
  }
  return out;
}
