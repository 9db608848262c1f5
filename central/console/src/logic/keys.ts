// The operator's keys. Pure: which command a key press means.

export type Command =
  | "next" | "previous" | "open" | "acknowledge" | "dispatch" | "verify" | "shelve" | "search" | "help" | "select";

export const KEYS: readonly (readonly [string, Command])[] = [
  ["j", "next"],
  ["k", "previous"],
  ["Enter", "open"],
  ["a", "acknowledge"],
  ["d", "dispatch"],
  ["v", "verify"],
  ["s", "shelve"],
  ["x", "select"],
  ["/", "search"],
  ["?", "help"],
];

interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: EventTarget | null;
}

/** The command of a key press; null while somebody types, or with a modifier. */
export function command(press: Press): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey || typing(press.target)) {
    return null;
  }
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const found = KEYS.find(([name]) => name === key)?.[1] ?? null;
  const own = press.target instanceof HTMLElement && /^(BUTTON|A)$/.test(press.target.tagName);
  return found === "open" && own ? null : found; // Enter on a button is the button's
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|range|button)$/.test(target.type))
  );
}
