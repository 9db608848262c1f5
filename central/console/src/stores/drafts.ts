// What was typed into a form that could not be sent, until it is: a session may end, or the server go, in the middle.

import { defineStore } from "pinia";

import { useSession } from "@/stores/session";

export const useDrafts = defineStore("drafts", () => {
  const session = useSession();
  const kept = new Map<string, string>();

  /** A place of its own for each form of each person; asked for while that person is signed in. */
  function slot<T>(form: string): { recall(): T | null; keep(value: T): void; drop(): void } {
    const key = `${session.me?.name ?? ""}/${form}`;
    return {
      recall: () => JSON.parse(kept.get(key) ?? "null") as T | null,
      keep: (value) => void kept.set(key, JSON.stringify(value)),
      drop: () => void kept.delete(key),
    };
  }

  return { slot };
});
