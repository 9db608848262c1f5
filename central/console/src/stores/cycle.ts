// The life cycle's table, for names and for acts on several events.

import { defineStore } from "pinia";
import { ref } from "vue";

import { send } from "@/api/client";
import type { LifeCycle, Possible } from "@/api/model";

export const useCycle = defineStore("cycle", () => {
  const table = ref<LifeCycle | null>(null);

  async function load(): Promise<void> {
    table.value ??= (await send("GET", "/api/v1/verbs")) as LifeCycle;
  }

  /** An act as a form takes it, whatever the state. */
  function describe(verb: string): Possible | null {
    void load().catch(() => undefined);
    const found = table.value?.verbs.find((one) => one.id === verb);
    const row = found?.transitions[0];
    return found && row ? { verb: found.id, name: found.name, to: row.to, requires: row.requires, allows: row.allows } : null;
  }

  return { table, load, describe };
});
