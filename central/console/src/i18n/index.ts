// Every word of the console, Chinese first. Names of places, kinds and states come from the server in both languages.

import { createI18n } from "vue-i18n";

import type { Bilingual } from "@/api/model";
import { retold, retoldFault } from "@/logic/reasons";
import { usePrefs } from "@/stores/prefs";

import en from "./en";
import zh from "./zh";

export const i18n = createI18n({
  legacy: false,
  locale: "zh",
  fallbackLocale: "zh",
  messages: { zh, en },
  missingWarn: import.meta.env.DEV,
});

/** A word of the console. */
export const t = i18n.global.t as (key: string, values?: Record<string, unknown>) => string;

/** A word in both languages, for what is shown later. */
export function both(key: string, values: (language: "zh" | "en") => Record<string, unknown>): Bilingual {
  const say = i18n.global.t as (key: string, values: Record<string, unknown>, options: { locale: string }) => string;
  return { zh: say(key, values("zh"), { locale: "zh" }), en: say(key, values("en"), { locale: "en" }) };
}

/** A name that the server gives in both languages. */
export function named(names: Bilingual | null | undefined): string {
  return names ? names[usePrefs().language] : "";
}

/** The same as a heading or at the beginning of a sentence. */
export function heading(names: Bilingual | null | undefined): string {
  const text = named(names);
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** What a box or the centre said in English, in the reader's language. */
export function said(text: string): string {
  return retold(text, i18n.global.locale.value);
}

/** A fault of a table or of a box's configuration, and its way out, in the reader's language. */
export function saidFault(message: string, fix: string): string {
  return retoldFault(message, fix, i18n.global.locale.value);
}

/** "4wh" as "4 working h". */
export function limitText(limit: string): string {
  const [, amount, unit] = /^(\d+)(wd|wh|m|h)$/.exec(limit) ?? [];
  return amount ? `${amount} ${t(`unit.${unit}`)}` : limit;
}
