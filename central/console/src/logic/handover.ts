// A hand-over note as text: what the operator wrote stands first and whole, of the lists as much as there is room for. Pure.

export interface Part {
  title: string;
  rows: readonly string[];
}

export interface Words {
  nothing: string;
  more: (n: number) => string;
}

/** The note; of each list at most as many rows as let all of it fit into `most` characters, and what is left out is counted. */
export function compose(head: readonly string[], note: readonly string[], parts: readonly Part[], most: number, words: Words): string {
  const text = (rows: number) => [...head, "", ...note, ...parts.flatMap((part) => ["", ...listed(part, rows, words)])].join("\n");
  let [fits, tooMany] = [0, Math.max(0, ...parts.map((part) => part.rows.length)) + 1];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    [fits, tooMany] = text(middle).length <= most ? [middle, tooMany] : [fits, middle];
  }
  return text(fits);
}

function listed(part: Part, most: number, words: Words): string[] {
  const left = part.rows.length - most;
  const rows = part.rows.length ? part.rows.slice(0, most) : [words.nothing];
  return [`${part.title} (${part.rows.length})`, ...rows, ...(left > 0 ? [words.more(left)] : [])];
}
