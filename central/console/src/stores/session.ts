// Who is signed in, and what they may.

import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { api, onEnded, Refused, setCsrf, take } from "@/api/client";
import type { Me, Role } from "@/api/model";
import { usePrefs } from "@/stores/prefs";

const KEPT = "placewatch.me";

/** Who was signed in last in this browser, for a phone without a network; its secret is not kept. */
function recall(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Me | null;
  } catch {
    return null;
  }
}

function keep(who: Me | null): void {
  try {
    if (who) {
      localStorage.setItem(KEPT, JSON.stringify({ ...who, csrf: "" }));
    } else {
      localStorage.removeItem(KEPT);
    }
  } catch {
    // A browser that keeps nothing works with a network.
  }
}

export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  /** True once the server has said whether somebody is signed in. */
  const known = ref(false);
  /** True while the server does not say; `me` is then whoever was signed in before. */
  const away = ref(false);
  /** True after a session ended while somebody was at work. */
  const ended = ref(false);
  const roles = computed(() => new Set<Role>(me.value?.grants.map((grant) => grant.role) ?? []));

  onEnded(() => {
    if (me.value) {
      ended.value = true;
    }
    accept(null);
  });

  function accept(who: Me | null): void {
    me.value = who;
    known.value = true;
    away.value = false;
    keep(who);
    setCsrf(who?.csrf ?? "");
  }

  /** Ask the server; offline the last answer stands. */
  async function load(): Promise<void> {
    try {
      accept(await take(api.GET("/api/v1/me")));
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) {
        away.value = true;
        me.value ??= recall();
        throw error;
      }
      accept(null);
    }
  }

  async function signIn(name: string, password: string, code: string): Promise<void> {
    const who = await take(api.POST("/api/v1/session", { body: { name, password, code } }));
    ended.value = false;
    accept(who);
    usePrefs().language = who.language;
  }

  async function signOut(): Promise<void> {
    await take(api.DELETE("/api/v1/session"));
    ended.value = false;
    accept(null);
  }

  /** Whether somebody holds one of these roles anywhere. */
  function is(...wanted: Role[]): boolean {
    return wanted.some((role) => roles.value.has(role));
  }

  return { me, known, away, ended, roles, load, signIn, signOut, accept, is };
});
