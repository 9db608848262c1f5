// What somebody sets for themselves, kept in the browser.

import { defineStore } from "pinia";
import { computed, ref, watchEffect } from "vue";

import type { Language } from "@/logic/times";

type Theme = "auto" | "light" | "dark";

const KEY = "placewatch.";

function recall(name: string): string | null {
  try {
    return localStorage.getItem(KEY + name);
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(KEY + name, value);
  } catch {
    // A browser that keeps nothing still works for now.
  }
}

export const usePrefs = defineStore("prefs", () => {
  const language = ref<Language>(recall("language") === "en" ? "en" : "zh");
  const theme = ref<Theme>((recall("theme") as Theme | null) ?? "auto");
  const sound = ref(recall("sound") === "on");
  const mutedUntil = ref(Number(recall("muted") ?? 0));
  const flood = ref(recall("flood") ?? "auto"); // auto, on, off

  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemDark = ref(system.matches);
  system.addEventListener("change", (change) => (systemDark.value = change.matches));
  const dark = computed(() => (theme.value === "auto" ? systemDark.value : theme.value === "dark"));

  watchEffect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
    document.documentElement.classList.toggle("dark", dark.value);
    keep("language", language.value);
    keep("theme", theme.value);
    keep("sound", sound.value ? "on" : "off");
    keep("muted", String(mutedUntil.value));
    keep("flood", flood.value);
  });

  return { language, theme, sound, mutedUntil, flood, dark };
});
