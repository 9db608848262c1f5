import { describe, expect, it } from "vitest";

import { reveal, slots, windowOf } from "@/logic/window";

describe("the drawn part of a long list", () => {
  it("covers what is seen, with some to spare, and never runs over the ends", () => {
    expect(windowOf(0, 500, 100, 10_000, 3)).toEqual({ first: 0, size: 12 });
    expect(windowOf(5_050, 500, 100, 10_000, 3)).toEqual({ first: 47, size: 12 });
    expect(windowOf(10_000 * 100, 500, 100, 10_000, 3)).toEqual({ first: 9_988, size: 12 });
    expect(windowOf(0, 500, 100, 4, 3)).toEqual({ first: 0, size: 4 });
    expect(windowOf(0, 500, 100, 0, 3)).toEqual({ first: 0, size: 0 });
  });

  it("uses elements again: scrolling by a line changes one element", () => {
    for (const first of [0, 5, 11, 12, 4711]) {
      const before = slots({ first, size: 12 });
      const after = slots({ first: first + 1, size: 12 });
      expect([...before].sort((one, other) => one - other)).toEqual(Array.from({ length: 12 }, (_, at) => first + at));
      expect(after.filter((line, slot) => line !== before[slot])).toEqual([first + 12]);
    }
  });

  it("scrolls only as far as is needed", () => {
    expect(reveal(3, 0, 500, 100)).toBe(0);
    expect(reveal(7, 0, 500, 100)).toBe(300);
    expect(reveal(2, 500, 500, 100)).toBe(200);
  });
});
