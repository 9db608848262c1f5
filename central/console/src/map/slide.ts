// Dragging with a mouse slides the finished picture, which the browser does without drawing a map: on a machine without
// a graphics card drawing takes a tenth of a second and more. The map is drawn anew when its spare border is used up,
// and at the end.

import type { Map as MapLibre } from "maplibre-gl";

const CLICK_PX = 3;

/** The part of a drag that the picture slides, and whether it has used up its border (pixels). Pure. */
export function slid(from: readonly [number, number], to: readonly [number, number], border: number): { by: [number, number]; spent: boolean } {
  const by: [number, number] = [to[0] - from[0], to[1] - from[1]];
  return { by, spent: Math.max(Math.abs(by[0]), Math.abs(by[1])) > border };
}

/** Let a map whose container reaches over what is seen by `border` pixels on each side be dragged that way. */
export function slideOnDrag(map: MapLibre, border: number): () => void {
  const layer = map.getCanvasContainer();
  let from: [number, number] | null = null;
  let to: [number, number] = [0, 0];
  let sliding = false;
  let frame = 0;

  function settle(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    if (from && sliding) {
      const { by } = slid(from, to, border);
      map.panBy([-by[0], -by[1]], { animate: false });
      map.redraw();
      layer.style.transform = "";
      from = to;
    }
  }

  function draw(): void {
    frame = 0;
    if (!from) {
      return;
    }
    const { by, spent } = slid(from, to, border);
    if (spent) {
      settle();
    } else {
      layer.style.transform = `translate(${by[0]}px, ${by[1]}px)`;
    }
  }

  function begin(event: MouseEvent): void {
    if (event.button === 0 && !event.shiftKey && !event.ctrlKey && layer.contains(event.target as Node)) {
      map.stop();
      map.dragPan.disable();
      from = to = [event.clientX, event.clientY];
    }
  }

  function move(event: MouseEvent): void {
    if (from) {
      to = [event.clientX, event.clientY];
      sliding ||= Math.hypot(to[0] - from[0], to[1] - from[1]) >= CLICK_PX;
      if (sliding) {
        layer.style.cursor = "grabbing";
        frame ||= requestAnimationFrame(draw);
      }
    }
  }

  function end(): void {
    if (from) {
      settle();
      from = null;
      sliding = false;
      layer.style.cursor = "";
      map.dragPan.enable();
    }
  }

  const box = map.getContainer();
  box.addEventListener("mousedown", begin, { capture: true });
  box.addEventListener("wheel", settle, { capture: true, passive: true });
  window.addEventListener("mousemove", move);
  window.addEventListener("mouseup", end);
  window.addEventListener("blur", end);
  return () => {
    cancelAnimationFrame(frame);
    window.removeEventListener("mousemove", move);
    window.removeEventListener("mouseup", end);
    window.removeEventListener("blur", end);
  };
}
