// Which events may belong together. Pure.

import type { EventView } from "@/api/model";

import { standing } from "./queue";

const MOST = 50;

/** How near another event is: same place and kind, same place, same grid and kind, same grid; 0 for not at all. */
export function nearness(event: EventView, other: EventView): number {
  const kind = Number(event.kind.id === other.kind.id);
  if (event.place.id === other.place.id) {
    return 3 + kind;
  }
  return event.grid && event.grid.id === other.grid?.id ? 1 + kind : 0;
}

/** Other open events at the same place or in the same grid, the nearest and then the newest first. */
export function neighbours(event: EventView, events: Iterable<EventView>): EventView[] {
  return [...events]
    .filter((other) => standing(other) && other.id !== event.id && nearness(event, other) > 0)
    .sort((one, other) => nearness(event, other) - nearness(event, one) || other.id - one.id)
    .slice(0, MOST);
}
