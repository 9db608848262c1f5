// One act on one event, as it was seen.

import { send } from "@/api/client";
import type { ActBody, EventView } from "@/api/model";

/** The event afterwards. Throws `Refused`: 412 when somebody else was faster. */
export async function actOn(event: EventView, verb: string, body: ActBody, key?: string): Promise<EventView> {
  return (await send("POST", `/api/v1/events/${event.id}/verbs/${verb}`, body, {
    "If-Match": event.etag ?? "*",
    "Idempotency-Key": key ?? crypto.randomUUID(),
  })) as EventView;
}
