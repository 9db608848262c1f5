// How often a tile of the wall asks for a picture. Pure.

import type { Box } from "@/api/model";

/** Most tiles at once. */
export const MOST = 12;
/** Seconds between two pictures that may be chosen; 0: by hand. */
export const EVERY_S = [1, 2, 5, 15, 60, 0] as const;
/** Pictures asked for at once by one wall: the others wait their turn. */
export const AT_ONCE = 4;
const LONGEST_MS = 60_000;

export type Outcome = "picture" | "refused";

/** Milliseconds until the next question: as chosen, longer and longer after refusals, back in steps after a picture. */
export function pause(before: number, every: number, outcome: Outcome): number {
  const least = Math.max(every, 1_000);
  return outcome === "picture" ? Math.max(least, before / 2) : Math.min(Math.max(before, least) * 2, LONGEST_MS);
}

export interface View {
  /** `place/camera`, as it is kept. */
  key: string;
  place: Box["cameras"][number]["place"];
  camera: string;
  box: string;
  health: "ok" | "down" | "away";
  reason: string;
}

/** Every camera of these boxes as something the wall can show. */
export function views(boxes: readonly Box[]): View[] {
  return boxes.flatMap((box) =>
    box.cameras.map((camera) => ({
      key: `${camera.place.id}/${camera.camera}`,
      place: camera.place,
      camera: camera.camera,
      box: box.box,
      health: box.state !== "online" ? ("away" as const) : camera.state === "streaming" ? ("ok" as const) : ("down" as const),
      reason: camera.reason ?? "",
    })),
  );
}
