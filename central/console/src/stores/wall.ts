// What the wall of this browser shows, and whose turn it is to ask for a picture.

import { defineStore } from "pinia";
import { computed, ref, shallowRef, watchEffect } from "vue";

import { api, take } from "@/api/client";
import { AT_ONCE, EVERY_S, MOST, views, type View } from "@/logic/wall";

const KEY = "placewatch.wall";

interface Kept {
  keys: string[];
  every: number;
}

function recall(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept>;
    return {
      keys: Array.isArray(kept.keys) ? kept.keys.filter((key) => typeof key === "string").slice(0, MOST) : [],
      every: EVERY_S.find((every) => every === kept.every) ?? 5,
    };
  } catch {
    return { keys: [], every: 5 };
  }
}

export const useWall = defineStore("wall", () => {
  const kept = recall();
  const keys = ref(kept.keys);
  /** Seconds between two pictures of a tile; 0: by hand. */
  const every = ref<number>(kept.every);
  const all = shallowRef<View[]>([]);
  const chosen = computed(() => keys.value.flatMap((key) => all.value.find((view) => view.key === key) ?? []));
  const waiting: (() => void)[] = [];
  let busy = 0;

  watchEffect(() => {
    try {
      localStorage.setItem(KEY, JSON.stringify({ keys: keys.value, every: every.value }));
    } catch {
      // A browser that keeps nothing still shows the wall.
    }
  });

  async function load(): Promise<void> {
    all.value = views((await take(api.GET("/api/v1/boxes"))).items);
  }

  function flip(key: string): void {
    keys.value = keys.value.includes(key) ? keys.value.filter((one) => one !== key) : [...keys.value, key].slice(0, MOST);
  }

  /** Do something when it is its turn. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (busy >= AT_ONCE) {
      await new Promise<void>((go) => waiting.push(go));
    }
    busy += 1;
    try {
      return await work();
    } finally {
      busy -= 1;
      waiting.shift()?.();
    }
  }

  return { keys, every, all, chosen, load, flip, inTurn };
});
