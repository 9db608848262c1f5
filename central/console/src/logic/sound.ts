// A sound per colour, and a mute that ends by itself.

import type { ColourId } from "@/api/model";

/** Beeps of a colour: frequency (Hz), length (s), times. Told apart by number as well as by pitch. */
export const BEEPS: Record<ColourId, readonly [number, number, number]> = {
  red: [988, 0.16, 3],
  yellow: [740, 0.14, 2],
  blue: [523, 0.12, 1],
};

export const MUTES_MIN = [5, 15, 60] as const;

/** Whether it is muted at `now`; a mute holds until `until` (milliseconds). */
export function muted(until: number, now: number): boolean {
  return now < until;
}

/** The gravest of some colours; null for none. */
export function gravest(colours: readonly ColourId[]): ColourId | null {
  return (["red", "yellow", "blue"] as const).find((colour) => colours.includes(colour)) ?? null;
}

let context: AudioContext | null = null;

/** Play a colour's sound; silent where the browser has none or wants a click first. */
export function play(colour: ColourId): void {
  try {
    context ??= new AudioContext();
    const [pitch, length, times] = BEEPS[colour];
    for (let index = 0; index < times; index += 1) {
      const start = context.currentTime + index * length * 1.6;
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0.0001, start);
      gain.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
      tone.connect(gain).connect(context.destination);
      tone.start(start);
      tone.stop(start + length);
    }
  } catch {
    // No sound device: the picture says the same.
  }
}
