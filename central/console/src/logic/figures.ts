// Figures as people read them: shares with their denominators, times, stretches of time, and the way down.

import type { FigureRow, Sums } from "@/api/model";

const DAY = 86_400_000;

export const BYS = ["org", "place_class", "kind", "item", "department", "colour", "place", "camera", "day", "hour"] as const;
export type By = (typeof BYS)[number];

export const OUTCOMES = ["in_time", "late", "open_in_time", "open_late", "unfiled", "false_alarm", "merged"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A row's filter: what its events have in common. Hours are no filter, and an org is a stretch of the tree. */
export type Filters = Partial<Record<Exclude<By, "hour" | "org">, string>>;

/** What a row is made of: the next table on the way down. */
const DOWN: Record<By, By> = {
  org: "org",
  place_class: "kind",
  kind: "place",
  item: "place",
  department: "item",
  colour: "kind",
  place: "camera",
  camera: "kind",
  day: "hour",
  hour: "hour",
};

export function down(by: By): By | null {
  return by === "hour" ? null : DOWN[by];
}

/** "83.3 %", and nothing where there is nothing to be a part of. */
export function percent(share: { part: number; of: number }): string {
  return share.of === 0 ? "–" : `${((100 * share.part) / share.of).toFixed(1)} %`;
}

/** Seconds as 45 s, 12 min, 3.5 h, 2.1 d. */
export function span(seconds: number | null): string {
  if (seconds === null) {
    return "–";
  }
  if (seconds < 90) {
    return `${Math.round(seconds)} s`;
  }
  if (seconds < 5400) {
    return `${Math.round(seconds / 60)} min`;
  }
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}

/** Whether the rows' events are the total's: every event counts in exactly one row. */
export function adds(rows: readonly FigureRow[], total: Sums): boolean {
  const sum = (of: (sums: Sums) => number) => rows.reduce((before, row) => before + of(row.sums), 0);
  return sum((sums) => sums.received) === total.received && OUTCOMES.every((one) => sum((sums) => sums.outcomes[one] ?? 0) === (total.outcomes[one] ?? 0));
}

/** Days or hours from the first to the last, those without events included. */
export function filled(keys: readonly string[]): string[] {
  const first = keys[0];
  const last = keys.at(-1);
  if (first === undefined || last === undefined) {
    return [];
  }
  if (first.length === 2) {
    return Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
  }
  const days: string[] = [];
  for (let day = Date.parse(first); day <= Date.parse(last); day += DAY) {
    days.push(new Date(day).toISOString().slice(0, 10));
  }
  return days;
}

export const STRETCHES = ["day", "week", "month", "this_month", "last_month", "own"] as const;
export type Stretch = (typeof STRETCHES)[number];

/** From and until of a stretch, in milliseconds; months are those of this computer's calendar. */
export function stretch(which: Stretch, now: number, own: { since: string; until: string }): { since: number; until: number } {
  const date = new Date(now);
  const first = (month: number) => new Date(date.getFullYear(), month, 1).getTime();
  switch (which) {
    case "day":
      return { since: now - DAY, until: now };
    case "week":
      return { since: now - 7 * DAY, until: now };
    case "month":
      return { since: now - 30 * DAY, until: now };
    case "this_month":
      return { since: first(date.getMonth()), until: now };
    case "last_month":
      return { since: first(date.getMonth() - 1), until: first(date.getMonth()) };
    case "own": {
      const since = Date.parse(`${own.since}T00:00`);
      const last = Date.parse(`${own.until}T00:00`);
      return { since, until: last + DAY };
    }
  }
}

/** How a load is: ISA-18.2 and EEMUA 191. */
export function verdict(mean: number): "calm" | "warn" | "bad" {
  return mean <= 1 ? "calm" : mean <= 10 ? "warn" : "bad";
}
