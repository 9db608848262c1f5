// What a responder may do next, by the state of the event. Pure.

import type { Unit } from "@/api/model";

export type Needs = "reason" | "note" | "units" | "none";

export interface Step {
  verb: string;
  /** What has to be said with it. */
  needs: Needs;
  photos: boolean;
}

const FEEDBACK: Step = { verb: "feedback", needs: "note", photos: true };
/** Others come and help; the event stays with this unit. */
const SUPPORT: Step = { verb: "support", needs: "units", photos: false };
/** It is beyond this unit: the level above decides. */
const ESCALATE: Step = { verb: "escalate", needs: "reason", photos: false };
const RETURN: Step = { verb: "return", needs: "reason", photos: false };

/** The first of each is the big button. */
export const STEPS: Readonly<Record<string, readonly Step[]>> = {
  dispatched: [{ verb: "accept", needs: "none", photos: false }, RETURN],
  accepted: [{ verb: "arrive", needs: "none", photos: false }, FEEDBACK, SUPPORT, ESCALATE, RETURN],
  on_site: [FEEDBACK, SUPPORT, ESCALATE, RETURN],
};

const MOST = 6;

/** Units that may be asked for help, those on duty first, in the given order: never one's own. */
export function helpers(units: readonly Unit[], own: string | null | undefined): Unit[] {
  const others = units.filter((unit) => unit.id !== own);
  return [...others.filter((unit) => unit.on_duty), ...others.filter((unit) => !unit.on_duty)].slice(0, MOST);
}
