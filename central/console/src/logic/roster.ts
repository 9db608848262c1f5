// The roster as a strip of time: where each stretch lies in it. Pure.

import type { Spell } from "@/api/model";

export interface Bar {
  spell: Spell;
  /** Where it begins and how long it is, in per cent of the strip. */
  left: number;
  width: number;
}

/** Stretches on a strip from `begin` to `end` (milliseconds). */
export function bars(spells: readonly Spell[], begin: number, end: number): Bar[] {
  const share = (at: string) => Math.min(1, Math.max(0, (Date.parse(at) - begin) / (end - begin))) * 100;
  return spells.map((spell) => ({ spell, left: share(spell.starts), width: share(spell.ends) - share(spell.starts) }));
}

/** "08:00–17:00" by the city's clock; with the day where it is another one. */
export function span(spell: { starts: string; ends: string }, wall: (iso: string) => string): string {
  const [from, to] = [wall(spell.starts), wall(spell.ends)];
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  const midnight = to.slice(11) === "00:00";
  return `${from.slice(11)}–${midnight ? "24:00" : to.slice(11)}${sameDay || midnight ? "" : ` (${to.slice(5, 10)})`}`;
}
