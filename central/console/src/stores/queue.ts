// What the desk's queue shows: filters, order, folding. It outlives a look at another page.

import { defineStore } from "pinia";
import { computed, reactive, ref } from "vue";

import type { ColourId } from "@/api/model";
import { arrivals, everything, FLOOD, flooded, lines, order, shelved, spared, standing, wanted } from "@/logic/queue";
import { useLive } from "@/stores/live";
import { usePrefs } from "@/stores/prefs";

const FRESH_MS = 6_000;
/** Limits move every second; the order needs to follow them only so often. */
const STEP_MS = 15_000;

export const useQueue = defineStore("queue", () => {
  const live = useLive();
  const prefs = usePrefs();
  const filter = reactive(everything());
  const selected = reactive(new Set<number>());
  const unfolded = reactive(new Set<string>());
  const fresh = reactive(new Set<number>());
  const help = ref(false);

  const minute = computed(() => Math.floor(live.now / STEP_MS) * STEP_MS);
  const ordered = computed(() =>
    [...live.events.values()].filter((event) => wanted(event, filter, minute.value)).sort(order),
  );
  const arrived = computed(() => arrivals(live.events.values(), minute.value));
  const flood = computed(() => prefs.flood === "on" || (prefs.flood === "auto" && (arrived.value > FLOOD || sums.value.flooded)));
  const rows = computed(() =>
    lines(ordered.value, flood.value).flatMap((line) =>
      unfolded.has(line.event.place.id)
        ? [{ event: line.event, hidden: [] }, ...line.hidden.map((event) => ({ event, hidden: [] }))]
        : [line],
    ),
  );
  const hidden = computed(() => rows.value.reduce((sum, line) => sum + line.hidden.length, 0));
  const sums = computed(() => {
    const colours: Record<ColourId, number> = { red: 0, yellow: 0, blue: 0 };
    let [away, folded, inFlood] = [0, 0, false];
    for (const event of live.events.values()) {
      if (standing(event)) {
        colours[event.colour.id] += 1;
        away += Number(shelved(event, minute.value));
        folded += Number(spared(event));
        inFlood ||= flooded(event);
      }
    }
    return { ...colours, shelved: away, spared: folded, flooded: inFlood };
  });
  const kinds = computed(() => {
    const found = new Map([...live.events.values()].map((event) => [event.kind.id, event.kind.name]));
    return [...found].sort(([one], [other]) => one.localeCompare(other));
  });

  live.listen((payload, isNew) => {
    if (isNew && payload.event.open) {
      fresh.add(payload.event.id);
      setTimeout(() => fresh.delete(payload.event.id), FRESH_MS);
    }
  });

  function toggle(colour: ColourId): void {
    const colours = new Set(filter.colours);
    if (!colours.delete(colour)) {
      colours.add(colour);
    }
    filter.colours = colours;
  }

  function select(id: number): void {
    if (!selected.delete(id)) {
      selected.add(id);
    }
  }

  return { filter, selected, unfolded, fresh, help, ordered, arrived, flood, rows, hidden, sums, kinds, toggle, select };
});
