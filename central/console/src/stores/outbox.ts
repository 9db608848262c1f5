// The outbox of this phone, in IndexedDB: survives a reload and a night without network.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { defineStore } from "pinia";
import { shallowRef, watch } from "vue";

import { send } from "@/api/client";
import type { EventView } from "@/api/model";
import { useSession } from "@/stores/session";
import { type Door, flush, type Keeper, type Waiting } from "@/logic/outbox";

const RETRY_MS = 10_000;

interface Schema extends DBSchema {
  outbox: { key: string; value: Waiting };
  tasks: { key: number; value: EventView };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("placewatch", 1, {
    upgrade(base) {
      base.createObjectStore("outbox", { keyPath: "key" });
      base.createObjectStore("tasks", { keyPath: "id" });
    },
  });
  return opened;
}

const keeper: Keeper = {
  all: async () => (await database()).getAll("outbox"),
  put: async (waiting) => void (await (await database()).put("outbox", waiting)),
  remove: async (key) => (await database()).delete("outbox", key),
};

const door: Door = {
  async upload(picture) {
    const kept = (await send("POST", "/api/v1/uploads", picture, { "Content-Type": picture.type || "application/octet-stream" })) as { id: string };
    return kept.id;
  },
  async post(path, body, key) {
    await send("POST", path, body, { "Idempotency-Key": key, "If-Match": "*" });
  },
};

export const useOutbox = defineStore("outbox", () => {
  const waiting = shallowRef<Waiting[]>([]);
  const session = useSession();
  let busy = false;

  async function look(): Promise<void> {
    waiting.value = (await keeper.all()).sort((one, other) => one.made - other.made);
  }

  /** Keep it first, then send what waits. */
  async function add(one: Omit<Waiting, "key" | "made" | "who">): Promise<void> {
    await keeper.put({ ...one, key: crypto.randomUUID(), made: Date.now(), who: session.me?.name ?? "" });
    await look();
    await work();
  }

  async function work(): Promise<void> {
    const who = session.known && session.me; // what changes must carry is known once the server has said who it is
    if (busy || !who) {
      return;
    }
    busy = true;
    try {
      await flush(keeper, door, who.name);
    } finally {
      busy = false;
      await look();
    }
  }

  async function drop(key: string): Promise<void> {
    await keeper.remove(key);
    await look();
  }

  /** A refused one once more. */
  async function again(key: string): Promise<void> {
    const one = waiting.value.find((other) => other.key === key);
    if (one) {
      const fresh = { ...one };
      delete fresh.refused;
      await keeper.put(fresh);
    }
    await look();
    await work();
  }

  async function keepTasks(tasks: readonly EventView[]): Promise<void> {
    const base = await database();
    const change = base.transaction("tasks", "readwrite");
    await change.store.clear();
    await Promise.all(tasks.map((task) => change.store.put(JSON.parse(JSON.stringify(task)) as EventView)));
    await change.done;
  }

  async function keptTasks(): Promise<EventView[]> {
    return (await database()).getAll("tasks");
  }

  window.addEventListener("online", () => void work());
  setInterval(() => waiting.value.some((one) => !one.refused) && void work(), RETRY_MS);
  watch(() => session.known && session.me, () => void look().then(work), { immediate: true });

  return { waiting, add, work, drop, again, keepTasks, keptTasks };
});
