import { describe, expect, it } from "vitest";

import type { EventView } from "@/api/model";
import { neighbours } from "@/logic/related";

function event(id: number, place: string, kind: string, grid: string | null, open = true): EventView {
  return { id, open, place: { id: place }, kind: { id: kind }, grid: grid === null ? null : { id: grid } } as unknown as EventView;
}

describe("events that may belong together", () => {
  it("are those of the place, then those of the grid, alike ones first", () => {
    const mine = event(1, "gate", "stop", "g1");
    const others = [
      mine,
      event(2, "far", "stop", "g2"),
      event(3, "road", "other", "g1"),
      event(4, "road", "stop", "g1"),
      event(5, "gate", "other", "g1"),
      event(6, "gate", "stop", "g1"),
      event(7, "gate", "stop", "g1", false),
      event(8, "lost", "stop", null),
    ];
    expect(neighbours(mine, others).map((one) => one.id)).toEqual([6, 5, 4, 3]);
    expect(neighbours(event(9, "lost", "stop", null), others).map((one) => one.id)).toEqual([8]);
  });
});
