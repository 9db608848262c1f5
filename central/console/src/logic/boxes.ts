// A camera's zones, lines and rules inside of its box's configuration. Pure.

import type { YAMLMap, YAMLSeq } from "yaml";

import type { Dot, Shape } from "@/logic/drawing";
import { assign, changed, entryOf, listAt, plain } from "@/logic/yaml";

interface Written {
  cameras?: { id: string; zones?: { id: string; polygon: Dot[] }[]; lines?: { id: string; points: Dot[] }[]; rules?: Record<string, unknown>[] }[];
}

export interface CameraPlan {
  /** Where the camera stands in the list. */
  at: number;
  shapes: Shape[];
  rules: Record<string, unknown>[];
}

/** What a configuration says of a camera; null when it does not know it. */
export function planOf(text: string, camera: string): CameraPlan | null {
  const cameras = plain<Written>(text)?.cameras ?? [];
  const at = cameras.findIndex((one) => one.id === camera);
  const found = cameras[at];
  if (!found) {
    return null;
  }
  const zones = (found.zones ?? []).map((one): Shape => ({ id: one.id, kind: "zone", points: one.polygon }));
  const lines = (found.lines ?? []).map((one): Shape => ({ id: one.id, kind: "line", points: one.points }));
  return { at, shapes: [...zones, ...lines], rules: found.rules ?? [] };
}

/** The configuration with these zones, lines and rules; whatever else it says of them, and its comments, stay. */
export function withPlan(text: string, camera: string, shapes: readonly Shape[], rules: readonly Record<string, unknown>[]): string {
  return changed(text, (document) => {
    const found = entryOf(listAt(document, ["cameras"]), "id", camera);
    if (!found) {
      return;
    }
    for (const [kind, key, field] of [["zone", "zones", "polygon"], ["line", "lines", "points"]] as const) {
      const wanted = shapes.filter((shape) => shape.kind === kind);
      if (wanted.length === 0 && !found.entry.has(key)) {
        continue;
      }
      const list = listAt(document, ["cameras", found.at, key]);
      list.items = list.items.filter((one) => wanted.some((shape) => shape.id === (one as YAMLMap).get("id")));
      for (const shape of wanted) {
        let entry = entryOf(list, "id", shape.id)?.entry;
        if (!entry) {
          entry = document.createNode({ id: shape.id }, { flow: true }) as unknown as YAMLMap;
          list.add(entry);
        }
        assign(document, entry, { [field]: shape.points });
      }
      dropEmpty(found.entry, key, list);
    }
    if (rules.length === 0 && !found.entry.has("rules")) {
      return;
    }
    const list = listAt(document, ["cameras", found.at, "rules"]);
    list.items = list.items.slice(0, rules.length);
    rules.forEach((rule, index) => {
      const entry = list.items[index] as YAMLMap | undefined;
      if (entry) {
        const gone = Object.fromEntries(entry.items.map((pair) => String((pair.key as { value?: unknown }).value ?? pair.key)).filter((key) => !(key in rule)).map((key) => [key, null]));
        assign(document, entry, { ...gone, ...rule });
      } else {
        list.add(document.createNode(rule, { flow: true }));
      }
    });
  });
}

function dropEmpty(entry: YAMLMap, key: string, list: YAMLSeq): void {
  if (list.items.length === 0) {
    entry.delete(key);
  }
}
