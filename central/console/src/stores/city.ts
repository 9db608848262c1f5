// Slow data: organisations, units, the responsibility list. Loaded when first needed.

import { defineStore } from "pinia";
import { ref } from "vue";

import { send } from "@/api/client";
import type { Item, Org, Unit } from "@/api/model";

export const useCity = defineStore("city", () => {
  const orgs = ref<Org[]>([]);
  const units = ref<Unit[]>([]);
  const items = ref<Item[]>([]);

  async function loadOrgs(): Promise<void> {
    if (orgs.value.length === 0) {
      orgs.value = ((await send("GET", "/api/v1/orgs")) as { items: Org[] }).items;
    }
  }

  /** Units move and go off duty: asked anew each time. */
  async function loadUnits(): Promise<void> {
    units.value = ((await send("GET", "/api/v1/units")) as { items: Unit[] }).items;
  }

  async function loadItems(): Promise<void> {
    if (items.value.length === 0) {
      items.value = ((await send("GET", "/api/v1/responsibility")) as { items: Item[] }).items;
    }
  }

  return { orgs, units, items, loadOrgs, loadUnits, loadItems };
});
