// What boxes and the centre say in English, in the reader's language. Pure. Whatever is not known here is shown as it was said.

/** Sentences that people at a desk meet, each with the word for it; groups with a name fill the word's holes. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/^the box is overloaded: (?<looks>[\d.]+) looks a second instead of (?<wanted>[\d.]+)/, "reason.overloaded"],
  [/^no picture for (?<s>\d+) s/, "reason.no_picture"],
  [/^the box did not answer within (?<s>[\d.]+) s/, "reason.no_answer"],
  [/^the box gives (?<n>[\d.]+) pictures a second/, "reason.box_limit"],
  [/^too many pictures/, "reason.too_many"],
  [/^the broker is not connected/, "reason.broker"],
  [/^its box is offline/, "reason.offline"],
  [/^the camera sends no picture/, "reason.camera_silent"],
  [/^the picture could not be redacted/, "reason.not_redacted"],
  [/^the command has expired/, "reason.expired"],
  [/^no camera is known to watch this place/, "reason.no_camera"],
];

/** A sentence in the language of `say`. */
export function retold(text: string, say: (key: string, values: Record<string, unknown>) => string): string {
  for (const [sentence, key] of SAID) {
    const match = sentence.exec(text);
    if (match) {
      return say(key, { ...match.groups });
    }
  }
  return text;
}
