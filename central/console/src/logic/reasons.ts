// What boxes and the centre say in English, in the reader's language. Pure.

import { SAID_ZH } from "@/i18n/said.zh";
import type { Language } from "@/logic/times";

/** A sentence of a box or of the centre; whatever is not known is shown as it was said. */
export function retold(text: string, language: Language): string {
  if (language === "en") {
    return text;
  }
  for (const [sentence, words] of SAID_ZH) {
    const match = sentence.exec(text);
    if (match) {
      return words.replace(/\{(\w+)\}/g, (_, name: string) => match.groups?.[name] ?? "");
    }
  }
  return text;
}
