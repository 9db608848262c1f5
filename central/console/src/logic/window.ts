// Which lines of a long list are drawn, and by which element. Pure.

/** A run of lines: from `first`, `size` of them. */
export interface Window {
  first: number;
  size: number;
}

/**
 * The lines around what is seen of `count` lines, each `line` pixels high. The size depends on the list's height alone,
 * so that scrolling never adds or removes an element.
 */
export function windowOf(top: number, height: number, line: number, count: number, spare: number): Window {
  const size = Math.min(count, Math.ceil(height / line) + 1 + 2 * spare);
  const first = Math.floor(Math.max(top, 0) / line) - spare;
  return { first: Math.max(0, Math.min(first, count - size)), size };
}

/** The line of each element: a line that stays in the window stays in its element, whatever scrolls in or out. */
export function slots({ first, size }: Window): number[] {
  return Array.from({ length: size }, (_, slot) => first + ((((slot - first) % size) + size) % size));
}

/** Where to scroll so that a line is wholly seen; `top` itself if it is. */
export function reveal(index: number, top: number, height: number, line: number): number {
  const begin = index * line;
  return begin < top ? begin : begin + line > top + height ? begin + line - height : top;
}
