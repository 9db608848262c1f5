import { describe, expect, it } from "vitest";

import { slid } from "@/map/slide";

describe("a dragged map", () => {
  it("slides its picture until the border is used up", () => {
    expect(slid([100, 100], [300, 60], 256)).toEqual({ by: [200, -40], spent: false });
    expect(slid([100, 100], [360, 60], 256)).toEqual({ by: [260, -40], spent: true });
    expect(slid([100, 100], [100, -160], 256).spent).toBe(true);
  });

  it("is drawn anew at every step where it has no border", () => {
    expect(slid([0, 0], [3, 0], 0).spent).toBe(true);
  });
});
