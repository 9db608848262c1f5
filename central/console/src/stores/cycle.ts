// The life cycle's table: which act is possible in which state, and for whom.

import { defineStore } from "pinia";
import { shallowRef } from "vue";

import { api, take } from "@/api/client";
import type { EventView, LifeCycle, Possible } from "@/api/model";
import { possible } from "@/logic/acts";
import { useSession } from "@/stores/session";

export const useCycle = defineStore("cycle", () => {
  const table = shallowRef<LifeCycle | null>(null);
  const session = useSession();

  async function load(): Promise<void> {
    table.value ??= await take(api.GET("/api/v1/verbs"));
  }

  /** An act as a form takes it, whatever the state. */
  function describe(verb: string): Possible | null {
    const found = table.value?.verbs.find((one) => one.id === verb);
    const row = found?.transitions[0];
    return found && row ? { verb: found.id, name: found.name, to: row.to, requires: row.requires, allows: row.allows } : null;
  }

  /** What the person at this desk may try with an event now; conditions of the table are the server's to check. */
  function on(event: EventView): Possible[] {
    return table.value ? possible(table.value, event, session.me?.grants ?? []) : [];
  }

  return { table, load, describe, on };
});
