// A rule's settings, as its form asks for them. Pure.

export interface Setting {
  name: string;
  kind: "number" | "list";
  fallback: string;
}

interface Schema {
  properties?: Record<string, Property>;
}

interface Property {
  type?: string;
  anyOf?: Property[];
  default?: unknown;
}

/** Where a rule looks: these have a field of their own. */
const TARGETS = new Set(["kind", "zone", "line"]);

function typeOf(property: Property): string {
  return property.type ?? property.anyOf?.find((one) => one.type && one.type !== "null")?.type ?? "string";
}

/** What a kind of rule can be told besides its zone or line. */
export function settingsOf(schema: Record<string, unknown> | undefined): Setting[] {
  return Object.entries((schema as Schema | undefined)?.properties ?? {})
    .filter(([name, property]) => !TARGETS.has(name) && ["number", "integer", "array"].includes(typeOf(property)))
    .map(([name, property]) => ({ name, kind: typeOf(property) === "array" ? "list" : "number", fallback: spoken(property.default) }));
}

/** Which of zone and line a kind takes. */
export function targetsOf(schema: Record<string, unknown> | undefined): ("zone" | "line")[] {
  const names = Object.keys((schema as Schema | undefined)?.properties ?? {});
  return (["zone", "line"] as const).filter((name) => names.includes(name));
}

/** A value as text. */
export function spoken(value: unknown): string {
  return Array.isArray(value) ? value.join("; ") : value === undefined || value === null ? "" : String(value);
}

/** What was typed as a value; null where the default holds. A number that is none stays a text: the box's check tells. */
export function meant(text: string, kind: Setting["kind"]): unknown {
  const plain = text.trim();
  if (!plain) {
    return null;
  }
  return kind === "list" ? plain.split(/\s*[;；]\s*/).filter(Boolean) : Number.isFinite(Number(plain)) ? Number(plain) : plain;
}
