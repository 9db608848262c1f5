// Times as people read them, by the server's clock rather than the browser's.

export type Language = "zh" | "en";

const LOCALES: Record<Language, string> = { zh: "zh-CN", en: "en-GB" };
const STEPS: readonly (readonly [number, Intl.RelativeTimeFormatUnit, number])[] = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86_400, "hour", 3600],
  [Infinity, "day", 86_400],
];

// Making a format costs far more than using it.
const AGO: Record<Language, Intl.RelativeTimeFormat> = {
  zh: new Intl.RelativeTimeFormat(LOCALES.zh),
  en: new Intl.RelativeTimeFormat(LOCALES.en),
};
const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(LOCALES[language], { hourCycle: "h23", ...options });
    formats.set(key, made);
  }
  return made;
}

const SHORT: Intl.DateTimeFormatOptions = {
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
};

/** Month to second; with the year when that is not near. */
export function exact(text: string, language: Language, now = Date.now()): string {
  const then = Date.parse(text);
  const far = Math.abs(then - now) > 300 * 86_400_000;
  return format(language, far ? { ...SHORT, year: "numeric" } : SHORT).format(then);
}

/** A day, with the month's name where figures alone would be read two ways. */
export function day(text: string, language: Language): string {
  return format(language, { day: "numeric", month: "short", year: "numeric" }).format(Date.parse(text));
}

/** Hours, minutes, seconds. */
export function clock(milliseconds: number, language: Language): string {
  return format(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(milliseconds);
}

/** "3 minutes ago"; null for just now. */
export function relative(text: string, language: Language, now: number): string | null {
  const seconds = (Date.parse(text) - now) / 1000;
  if (Math.abs(seconds) < 5) {
    return null;
  }
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(seconds) < limit) ?? STEPS[3]!;
  return AGO[language].format(Math.trunc(seconds / size), unit);
}
