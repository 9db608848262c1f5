// Times as people read them, by the server's clock rather than the browser's.

import { currentLanguage, word } from "./words.js";

let offset = 0;

const LOCALES = { zh: "zh-CN", en: "en-GB" };
const STEPS = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86400, "hour", 3600],
  [Infinity, "day", 86400],
];

export function setServerTime(text) {
  offset = Date.parse(text) - Date.now();
}

export function exact(text) {
  const format = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const then = new Date(text);
  if (Math.abs(then - Date.now()) > 300 * 86400e3) {
    format.year = "numeric";
  }
  return then.toLocaleString(LOCALES[currentLanguage()], { ...format, hour12: false });
}

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString(LOCALES[currentLanguage()], { hour12: false });
}

export function relative(text) {
  const seconds = (Date.parse(text) - Date.now() - offset) / 1000;
  if (Math.abs(seconds) < 5) {
    return word("now");
  }
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(seconds) < limit);
  const format = new Intl.RelativeTimeFormat(LOCALES[currentLanguage()], { numeric: "always" });
  return format.format(Math.trunc(seconds / size), unit);
}
