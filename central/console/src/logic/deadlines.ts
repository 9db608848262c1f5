// Time limits of an event: what is due next and how much is left. Pure.

import type { EventView } from "@/api/model";

export type Step = "accept" | "arrive" | "close";

export interface Due {
  step: Step;
  /** Milliseconds since 1970, the server's clock. */
  at: number;
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000 };
const ORDER: readonly Step[] = ["accept", "arrive", "close"];

/** States in which no limit runs. */
const RESTS = new Set(["reported", "suspended", "verified", "closed", "merged", "false_alarm"]);

/**
 * The limit that runs now; null when none does. Limits in working time are the server's to compute: the queue shows
 * none, the detail shows the server's.
 */
export function due(event: EventView): Due | null {
  const { steps } = event;
  if (RESTS.has(event.state.id) || steps.filed_at === null) {
    return null;
  }
  const done: Record<Step, unknown> = { accept: steps.accepted_at, arrive: steps.arrived_at, close: steps.closed_at };
  const begin = Date.parse(steps.filed_at);
  for (const step of ORDER) {
    const span = milliseconds(event.item?.limits[step]);
    if (!done[step] && span !== null && !(event.state.id === "handled" && step !== "close")) {
      return { step, at: begin + span };
    }
  }
  return null;
}

/** "5m" and "2h" in milliseconds; null for working hours and days. */
export function milliseconds(limit: string | undefined): number | null {
  const [, amount, unit] = /^(\d+)(m|h)$/.exec(limit ?? "") ?? [];
  return amount && unit ? Number(amount) * (UNITS[unit] ?? 0) : null;
}

export type Urgency = "calm" | "soon" | "late";

/** Soon: less than a quarter of an hour is left. */
export function urgency(at: number, now: number): Urgency {
  const left = at - now;
  return left < 0 ? "late" : left < 900_000 ? "soon" : "calm";
}

/** "02:05", "1:02:05", "3d 04h", with "-" when it is past. */
export function countdown(at: number, now: number): string {
  const sign = at < now ? "-" : "";
  const seconds = Math.floor(Math.abs(at - now) / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const pair = (value: number) => String(value).padStart(2, "0");
  if (days > 0) {
    return `${sign}${days}d ${pair(hours)}h`;
  }
  const rest = `${pair(Math.floor((seconds % 3600) / 60))}:${pair(seconds % 60)}`;
  return hours > 0 ? `${sign}${hours}:${rest}` : `${sign}${rest}`;
}
