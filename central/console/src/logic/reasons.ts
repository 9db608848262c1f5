// What boxes and the centre say in English, in the reader's language. Pure.

import { FAULTS, FIXES } from "@/i18n/said.faults.zh";
import { SAID_ZH } from "@/i18n/said.zh";
import type { Language } from "@/logic/times";

/** A sentence of a box or of the centre; whatever is not known is shown as it was said. */
export function retold(text: string, language: Language): string {
  return language === "en" ? text : known(SAID_ZH, text);
}

/** A fault of a table or of a box's configuration, and its way out. */
export function retoldFault(message: string, fix: string, language: Language): string {
  return language === "en" ? [message, fix].filter(Boolean).join(" - ") : [known(FAULTS, message), known(FIXES, fix)].filter(Boolean).join("；");
}

function known(rows: readonly (readonly [RegExp, string])[], text: string): string {
  for (const [sentence, words] of rows) {
    const match = sentence.exec(text);
    if (match) {
      return words.replace(/\{(\w+)\}/g, (_, name: string) => match.groups?.[name] ?? "");
    }
  }
  return text;
}
