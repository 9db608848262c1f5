// Slow data: organisations, units, the responsibility list. Loaded when first needed.

import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { api, Refused, take } from "@/api/client";
import type { Item, Org, Unit } from "@/api/model";
import { useSession } from "@/stores/session";

/** The responsibility list as it was last seen: a report begins in a tunnel, too. */
const KEPT = "placewatch.items";

interface Duties {
  items: Item[];
  version: string;
}

async function duties(): Promise<Duties> {
  try {
    const { items, version } = await take(api.GET("/api/v1/responsibility"));
    localStorage.setItem(KEPT, JSON.stringify({ items, version }));
    return { items, version };
  } catch (error) {
    const kept = localStorage.getItem(KEPT);
    if (error instanceof Refused && error.status === 0 && kept) {
      return JSON.parse(kept) as Duties;
    }
    throw error;
  }
}

export const useCity = defineStore("city", () => {
  const orgs = ref<Org[]>([]);
  const units = ref<Unit[]>([]);
  const items = ref<Item[]>([]);
  /** Edition of the responsibility list. */
  const edition = ref("");
  const session = useSession();
  /** Who administers the whole city may change its tables; false until the organisations are loaded. */
  const mayEdit = computed(() => session.me?.grants.some((one) => one.role === "admin" && one.org.id === orgs.value.find((org) => !org.parent)?.id) ?? false);

  async function loadOrgs(): Promise<void> {
    if (orgs.value.length === 0) {
      orgs.value = (await take(api.GET("/api/v1/orgs"))).items;
    }
  }

  /** Units move and go off duty: asked anew each time. */
  async function loadUnits(): Promise<void> {
    units.value = await ranked(null);
  }

  /** Units for an event, those to be sent first come first; without one, all. */
  async function ranked(event: number | null): Promise<Unit[]> {
    const params = event === null ? {} : { query: { event } };
    return (await take<{ items: Unit[] }>(api.GET("/api/v1/units", { params }))).items;
  }

  async function loadItems(): Promise<void> {
    if (items.value.length === 0) {
      const list = await duties();
      items.value = list.items;
      edition.value = list.version;
    }
  }

  /** After a table was loaded anew. */
  async function reloadOrgs(): Promise<void> {
    orgs.value = [];
    await loadOrgs();
  }

  async function reloadItems(): Promise<void> {
    items.value = [];
    await loadItems();
  }

  return { mayEdit, reloadOrgs, reloadItems, orgs, units, items, edition, loadOrgs, loadUnits, ranked, loadItems };
});
