// Weekly duty: spans of hours on days of the week, as the units table writes them ("mon-fri 08:00-17:00"). Pure.

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"] as const;
const WEEKDAYS = 7;
const DAY_MINUTES = 24 * 60;
/** So many days in a row are written as a range. */
const RANGE = 3;

export interface Span {
  /** On which of `DAYS` it begins. */
  days: boolean[];
  starts: string;
  ends: string;
}

export type Fault = { field: keyof Span; code: "needed" | "time_of_day" };

/** A span of the table; null for what is none. */
export function parsed(text: string): Span | null {
  const found = /^(?:([a-z,-]+) )?(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text);
  const days = found && (found[1] ? dayFlags(found[1]) : DAYS.map(() => true));
  return found && days ? { days, starts: found[2]!, ends: found[3]! } : null;
}

function dayFlags(text: string): boolean[] | null {
  const flags = DAYS.map(() => false);
  for (const part of text.split(",")) {
    const [first, last = first] = part.split("-") as [string, string?];
    const [from, to] = [first, last].map((name) => DAYS.indexOf(name as (typeof DAYS)[number])) as [number, number];
    if (from < 0 || to < 0 || (from !== to && Math.max(from, to) >= WEEKDAYS)) {
      return null;
    }
    const length = from === to ? 0 : (to - from + WEEKDAYS) % WEEKDAYS;
    for (let step = 0; step <= length; step += 1) {
      flags[from === WEEKDAYS ? from : (from + step) % WEEKDAYS] = true;
    }
  }
  return flags;
}

/** A time as people type it ("8:00", "0800", "8：00") as "08:00"; "" for what is none. */
export function timeOfDay(said: string): string {
  const found = /^(\d{1,2})[:：]?(\d{2})$/.exec(said.trim());
  const minutes = found ? Number(found[1]) * 60 + Number(found[2]) : Infinity;
  return found && Number(found[2]) < 60 && minutes <= DAY_MINUTES ? `${found[1]!.padStart(2, "0")}:${found[2]}` : "";
}

/** What is wrong with a span. */
export function faults(span: Span): Fault[] {
  const times = (["starts", "ends"] as const).filter((field) => !timeOfDay(span[field]));
  return [
    ...(span.days.includes(true) ? [] : [{ field: "days", code: "needed" } as const]),
    ...times.map((field) => ({ field, code: span[field].trim() ? ("time_of_day" as const) : ("needed" as const) })),
  ];
}

/** A sound span as the table writes it. */
export function written(span: Span): string {
  const hours = `${timeOfDay(span.starts)}-${timeOfDay(span.ends)}`;
  if (!span.days.includes(false)) {
    return hours;
  }
  const parts: string[] = [];
  for (let at = 0; at < WEEKDAYS; at += 1) {
    let last = at;
    while (span.days[at] && span.days[last + 1] && last + 1 < WEEKDAYS) {
      last += 1;
    }
    if (span.days[at]) {
      parts.push(...(last - at + 1 >= RANGE ? [`${DAYS[at]}-${DAYS[last]}`] : DAYS.slice(at, last + 1)));
      at = last;
    }
  }
  return `${[...parts, ...(span.days[WEEKDAYS] ? ["holiday"] : [])].join(",")} ${hours}`;
}

export interface Stripe {
  /** Where it begins and how long it is, in per cent of the day. */
  left: number;
  width: number;
}

/** The hours of each of `DAYS`; what begins in the evening reaches into the next morning. Nothing at all is always. */
export function stripes(spans: readonly Span[]): Stripe[][] {
  const rows: Stripe[][] = DAYS.map(() => (spans.length ? [] : [{ left: 0, width: 100 }]));
  const put = (day: number, from: number, to: number) => rows[day]!.push({ left: (from / DAY_MINUTES) * 100, width: ((to - from) / DAY_MINUTES) * 100 });
  for (const span of spans.filter((one) => faults(one).length === 0)) {
    const [from, to] = [minutes(span.starts) % DAY_MINUTES, minutes(span.ends)];
    span.days.forEach((on, day) => {
      if (on && to > from) {
        put(day, from, to);
      } else if (on) {
        put(day, from, DAY_MINUTES);
        put(day === WEEKDAYS ? day : (day + 1) % WEEKDAYS, 0, to);
      }
    });
  }
  return rows;
}

function minutes(said: string): number {
  const [hour, minute] = timeOfDay(said).split(":").map(Number) as [number, number];
  return hour * 60 + minute;
}
