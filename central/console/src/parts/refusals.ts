// A form's dealings with the server: busy, refused as a whole, refused by field.

import { computed, nextTick, reactive, type UnwrapNestedRefs } from "vue";

import { type FieldError, Refused } from "@/api/client";
import { i18n, t } from "@/i18n";
import { errorsAt, errorsElsewhere, sentence } from "@/logic/refusals";

const spoken = (error: FieldError) => sentence(error, t, i18n.global.te as (key: string) => boolean);

/** Whatever went wrong, in words. */
export function words(error: unknown): string {
  const refused = error instanceof Refused ? error : new Refused(0, String(error));
  return refused.status === 0 ? t("signin.away", { reason: refused.message }) : refused.message;
}

function make() {
  const state = reactive({ busy: false, message: "", errors: [] as FieldError[], claimed: [] as string[] });

  function clear(): void {
    Object.assign(state, { message: "", errors: [] });
  }

  /** Show errors, and lead to the first field that is meant. */
  function refuse(message: string, errors: FieldError[]): void {
    Object.assign(state, { message, errors });
    void nextTick(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  }

  /** Whether all of these have been filled in; those that have not say so. */
  function needs(values: Record<string, string>): boolean {
    const missing = Object.keys(values).filter((name) => !values[name]!.trim());
    refuse("", missing.map((name) => ({ field: `body.${name}`, detail: "", code: "needed", values: {} })));
    return missing.length === 0;
  }

  /** Try something; what the server refuses is shown. Whether it went well. */
  async function attempt(what: () => Promise<unknown>): Promise<boolean> {
    state.busy = true;
    clear();
    try {
      await what();
      return true;
    } catch (error) {
      refuse(words(error), error instanceof Refused ? error.errors : []);
      return false;
    } finally {
      state.busy = false;
    }
  }

  const at = (name: string) => errorsAt(state.errors, name, state.claimed).map(spoken).join(" ");
  /** What is to be said below the form: nothing when every error stands beside its field. */
  const rest = computed(() => {
    const elsewhere = errorsElsewhere(state.errors, state.claimed);
    const told = state.errors.length > 0 && elsewhere.length === 0;
    const sentences = elsewhere.map(spoken);
    return told ? t("refusal.marked") : [sentences.includes(state.message) ? "" : state.message, ...sentences].filter(Boolean).join("\n");
  });
  const claim = (name: string) => state.claimed.push(name);
  const yieldUp = (name: string) => state.claimed.splice(state.claimed.indexOf(name), 1);
  return { state, clear, refuse, needs, attempt, at, rest, claim, yieldUp };
}

export type Refusals = UnwrapNestedRefs<ReturnType<typeof make>>;

/** One for each form. */
export function useRefusals(): Refusals {
  return reactive(make());
}
