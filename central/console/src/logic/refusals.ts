// What a server says of a form, sorted to the fields that are meant. What was typed is never touched.

import type { FieldError } from "@/api/client";

export type Say = (key: string, values?: Record<string, unknown>) => string;

/** The name of a field without where it came from: "body.grants.0.org" is "grants.0.org". */
export function nameOf(error: FieldError): string {
  return error.field.replace(/^(body|query|path|header)\./, "");
}

/** Whether an error is about a field, or about something inside of it. */
export function about(error: FieldError, name: string): boolean {
  const field = nameOf(error);
  return field === name || field.startsWith(`${name}.`);
}

/** An error in the reader's language where its kind is known, else as the server said it. */
export function sentence(error: FieldError, say: Say, known: (key: string) => boolean): string {
  const key = `refusal.${error.code || "unnamed"}`;
  return known(key) ? say(key, { ...error.values }) : error.detail.replace(/^Value error, /, "");
}

/** The errors of one field: those about it that no more exact field claims. */
export function errorsAt(errors: readonly FieldError[], name: string, claimed: readonly string[]): FieldError[] {
  const inner = claimed.filter((one) => one.startsWith(`${name}.`));
  return errors.filter((error) => about(error, name) && !inner.some((one) => about(error, one)));
}

/** The errors that no field claims. */
export function errorsElsewhere(errors: readonly FieldError[], claimed: readonly string[]): FieldError[] {
  return errors.filter((error) => !claimed.some((name) => about(error, name)));
}
