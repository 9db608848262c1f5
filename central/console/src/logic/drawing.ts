// Zones and lines on a picture, in fractions of it: x to the right, y down. Pure.

export type Dot = [number, number];

export interface Shape {
  id: string;
  kind: "zone" | "line";
  points: Dot[];
}

const FINE = 1000;

/** A point inside the picture, to a thousandth of it. */
export function inside([x, y]: Dot): Dot {
  const clip = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * FINE) / FINE;
  return [clip(x), clip(y)];
}

export function moved(shape: Shape, index: number, to: Dot): Shape {
  return { ...shape, points: shape.points.map((dot, at) => (at === index ? inside(to) : dot)) };
}

/** A corner more, in the middle of the edge that begins at `index`. */
export function split(shape: Shape, index: number): Shape {
  return { ...shape, points: shape.points.toSpliced(index + 1, 0, middle(shape, index)) };
}

export function middle(shape: Shape, index: number): Dot {
  const [a, b] = [shape.points[index]!, shape.points[(index + 1) % shape.points.length]!];
  return inside([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
}

/** A corner less; a zone keeps three, a line its two. */
export function clipped(shape: Shape, index: number): Shape {
  return shape.points.length > (shape.kind === "zone" ? 3 : 2) ? { ...shape, points: shape.points.toSpliced(index, 1) } : shape;
}

/** A name that no other shape has. */
export function freeName(shapes: readonly Shape[], kind: Shape["kind"]): string {
  for (let number = 1; ; number += 1) {
    const name = `${kind}-${number}`;
    if (!shapes.some((shape) => shape.id === name)) {
      return name;
    }
  }
}

export function fresh(shapes: readonly Shape[], kind: Shape["kind"]): Shape {
  const points: Dot[] = kind === "zone" ? [[0.35, 0.55], [0.65, 0.55], [0.7, 0.85], [0.3, 0.85]] : [[0.25, 0.6], [0.75, 0.6]];
  return { id: freeName(shapes, kind), kind, points };
}
