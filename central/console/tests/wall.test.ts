import { describe, expect, it } from "vitest";

import type { Box } from "@/api/model";
import { pause, views } from "@/logic/wall";

describe("the pace of a tile", () => {
  it("is the one chosen, and never more than one a second", () => {
    expect(pause(0, 5_000, "picture")).toBe(5_000);
    expect(pause(0, 200, "picture")).toBe(1_000);
  });

  it("grows while a box refuses, up to a minute, and comes back in steps", () => {
    let now = 0;
    const seen = [1, 2, 3, 4, 5, 6, 7].map(() => (now = pause(now, 1_000, "refused")));
    expect(seen).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(pause(now, 1_000, "picture")).toBe(30_000);
    expect(pause(1_500, 1_000, "picture")).toBe(1_000);
  });
});

describe("what the wall can show", () => {
  it("is every camera, with the health of its box before its own", () => {
    const place = { id: "gate", name: { zh: "门", en: "gate" } };
    const camera = (name: string, state: string) => ({ camera: name, place, state, reason: null });
    const boxes = [
      { box: "one", state: "online", cameras: [camera("a", "streaming"), camera("b", "failed")] },
      { box: "two", state: "offline", cameras: [camera("c", "streaming")] },
    ] as unknown as Box[];
    expect(views(boxes).map((view) => [view.key, view.health])).toEqual([
      ["gate/a", "ok"],
      ["gate/b", "down"],
      ["gate/c", "away"],
    ]);
  });
});
