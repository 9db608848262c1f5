// Which acts need a form, and what a form sends. Pure.

import type { ActBody, EventView, LifeCycle, Me, Possible, Said } from "@/api/model";

export type Field = Said;

/** Fields of a form in the order in which people fill them. */
export const FIELDS: readonly Field[] = ["unit", "units", "to_org", "into", "item", "until", "reason", "note", "pictures"];

/** In the order in which people work. */
export const ORDER: readonly string[] = [
  "acknowledge", "file", "dispatch", "accept", "arrive", "feedback", "verify", "close", "support", "hand_over",
  "take_over", "refer", "return", "escalate", "request_pause", "suspend", "deny_pause", "resume", "merge", "split",
  "shelve", "unshelve", "false_alarm", "reopen", "note",
];

/** What is done at once; everything else asks first. */
const AT_ONCE = new Set(["acknowledge", "accept", "arrive", "unshelve", "resume"]);

/** What may be done to several events in one go without looking at each again. */
export const BULK = ["acknowledge", "shelve", "note"] as const;

/** Grave enough to stand apart and be confirmed. */
export const GRAVE = new Set(["false_alarm", "close", "merge", "escalate", "suspend", "take_over"]);

/** The acts that leave the event's state and that a role over its org allows. */
export function possible(table: LifeCycle, event: EventView, grants: Me["grants"]): Possible[] {
  const orgs = new Set([event.org.id, ...event.org_path.map((org) => org.id)]);
  const roles = new Set(grants.filter((grant) => orgs.has(grant.org.id)).map((grant) => grant.role));
  return inOrder(
    table.verbs.flatMap((verb) => {
      if (verb.id === (event.shelved_until ? "shelve" : "unshelve")) {
        return []; // the table knows states, and shelving is none
      }
      const row = verb.transitions.find(
        (one) => one.from.includes(event.state.id as never) && one.roles.some((role) => roles.has(role)),
      );
      return row ? [{ verb: verb.id, name: verb.name, to: row.to, requires: row.requires, allows: row.allows }] : [];
    }),
  );
}

export function inOrder(possible: readonly Possible[]): Possible[] {
  const rank = (one: Possible) => (ORDER.indexOf(one.verb) + ORDER.length + 1) % (ORDER.length + 1);
  return [...possible].sort((one, other) => rank(one) - rank(other));
}

export function atOnce(one: Possible): boolean {
  return AT_ONCE.has(one.verb) && one.requires.length === 0;
}

export interface Filled {
  reason: string;
  note: string;
  unit: string;
  units: string[];
  to_org: string;
  until: Date | null;
  into: string;
  item: number | null;
  pictures: string[];
}

export function empty(now: number, verb: string): Filled {
  const hours = verb === "shelve" ? 1 : 24;
  return {
    reason: "", note: "", unit: "", units: [], to_org: "", into: "", item: null, pictures: [],
    until: new Date(now + hours * 3_600_000),
  };
}

/** Fields that are needed and empty. */
export function missing(one: Possible, filled: Filled): Field[] {
  return one.requires.filter((field) => {
    const value = filled[field as keyof Filled];
    return value === null || value === "" || (Array.isArray(value) && value.length === 0) || (typeof value === "string" && !value.trim());
  });
}

/** The body of the request: the fields that the act takes and that are filled. */
export function body(one: Possible, filled: Filled): ActBody {
  const out: Record<string, unknown> = {};
  for (const field of [...one.requires, ...one.allows]) {
    const value = filled[field as keyof Filled];
    if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
      continue;
    }
    if (field === "until") {
      if (one.requires.includes("until")) {
        out["until"] = (value as Date).toISOString();
      }
    } else if (field === "into") {
      out["into"] = Number(value);
    } else {
      out[field] = typeof value === "string" ? value.trim() : value;
    }
  }
  return out as ActBody;
}

/** Great-circle distance, kilometres; points are longitude and latitude in degrees. */
export function distanceKm(one: readonly number[], other: readonly number[]): number {
  const rad = Math.PI / 180;
  const [x1, y1, x2, y2] = [one[0]! * rad, one[1]! * rad, other[0]! * rad, other[1]! * rad];
  const half = Math.sin((y2 - y1) / 2) ** 2 + Math.cos(y1) * Math.cos(y2) * Math.sin((x2 - x1) / 2) ** 2;
  return 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(half)));
}
