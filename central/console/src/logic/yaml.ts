// Changes in a YAML or JSON text that leave everything else, comments and order, as it stands. Pure.

import { type Document, isMap, isSeq, parseDocument, stringify, type YAMLMap, type YAMLSeq } from "yaml";

const STYLE = { lineWidth: 0, flowCollectionPadding: false } as const;

/** A text with a change made to its document; JSON stays JSON. */
export function changed(text: string, change: (document: Document) => void): string {
  const document = parseDocument(text);
  change(document);
  return text.trimStart().startsWith("{") ? `${JSON.stringify(document.toJS(), null, 2)}\n` : document.toString(STYLE);
}

/** A text as plain values; null when it is no YAML. */
export function plain<T>(text: string): T | null {
  const document = parseDocument(text);
  return document.errors.length ? null : (document.toJS() as T);
}

/** Values as a new text. */
export function written(value: unknown): string {
  return stringify(value, STYLE);
}

/** The list under a key, made where it is missing. */
export function listAt(document: Document, path: readonly (string | number)[]): YAMLSeq {
  const found = document.getIn(path);
  if (isSeq(found)) {
    return found;
  }
  document.setIn(path, document.createNode([]));
  return document.getIn(path) as YAMLSeq;
}

/** The entry of a list whose `key` is `value`, and where it stands. */
export function entryOf(list: YAMLSeq, key: string, value: unknown): { at: number; entry: YAMLMap } | null {
  const at = list.items.findIndex((one) => isMap(one) && one.get(key) === value);
  return at < 0 ? null : { at, entry: list.items[at] as YAMLMap };
}

/** Put values into an entry: null takes a key away, lists and objects are written on one line. */
export function assign(document: Document, entry: YAMLMap, values: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined) {
      entry.delete(key);
    } else if (JSON.stringify(entry.has(key) ? plainOf(entry, key) : undefined) !== JSON.stringify(value)) {
      entry.set(key, typeof value === "object" ? document.createNode(value, { flow: true }) : value);
    }
  }
}

function plainOf(entry: YAMLMap, key: string): unknown {
  const value = entry.get(key);
  return typeof value === "object" && value !== null && "toJSON" in value ? (value as { toJSON(): unknown }).toJSON() : value;
}

/** Change the entry of a list, or add it. */
export function upsert(text: string, path: readonly (string | number)[], key: string, id: unknown, values: Record<string, unknown>): string {
  return changed(text, (document) => {
    const list = listAt(document, path);
    let found = entryOf(list, key, id)?.entry;
    if (!found) {
      found = document.createNode({ [key]: id }) as unknown as YAMLMap;
      list.add(found);
    }
    assign(document, found, values);
  });
}

/** Take the entry of a list away. */
export function without(text: string, path: readonly (string | number)[], key: string, id: unknown): string {
  return changed(text, (document) => {
    const list = listAt(document, path);
    const found = entryOf(list, key, id);
    if (found) {
      list.delete(found.at);
    }
  });
}
