// One act on one event, as it was seen.

import { api, take } from "@/api/client";
import type { ActBody, EventView, Verb } from "@/api/model";

/** The event afterwards. Throws `Refused`: 412 when somebody else was faster. */
export function actOn(event: EventView, verb: Verb, body: ActBody): Promise<EventView> {
  return take<EventView>(
    api.POST("/api/v1/events/{event_id}/verbs/{verb}", {
      params: {
        path: { event_id: event.id, verb },
        header: { "If-Match": event.etag, "Idempotency-Key": crypto.randomUUID() },
      },
      body: { units: [], pictures: [], ...body },
    }),
  );
}
