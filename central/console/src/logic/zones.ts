// Wall-clock times of the city, whatever the browser's own time zone is. Pure.

function parts(instant: number, zone: string): Record<string, number> {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, Number(part.value)]));
}

function asIfUtc(instant: number, zone: string): number {
  const at = parts(instant, zone);
  return Date.UTC(at.year!, at.month! - 1, at.day!, at.hour!, at.minute!, at.second!);
}

/** An instant as "2026-11-24T08:30" on the city's clocks. */
export function toWall(iso: string, zone: string): string {
  return new Date(asIfUtc(Date.parse(iso), zone)).toISOString().slice(0, 16);
}

/** "2026-11-24T08:30" on the city's clocks as an instant; "" for what is no time. A time that clocks skip is the one after. */
export function toInstant(wall: string, zone: string): string {
  const wanted = Date.parse(`${wall}Z`);
  if (Number.isNaN(wanted)) {
    return "";
  }
  let instant = wanted;
  for (let round = 0; round < 2; round += 1) {
    instant += wanted - asIfUtc(instant, zone); // the second round corrects for a change of clocks in between
  }
  return new Date(instant).toISOString();
}

/** A day some days away: "2026-11-24" and 7 is "2026-12-01". */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The Monday of a day's week. */
export function monday(day: string): string {
  const weekday = (new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}
