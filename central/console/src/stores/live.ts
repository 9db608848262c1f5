// The open events of the desk: loaded page by page, then kept by the stream.

import { defineStore } from "pinia";
import { computed, ref, shallowRef, triggerRef } from "vue";

import { api, Refused, take } from "@/api/client";
import type { ColourId, EventPage, EventView, StreamPayload } from "@/api/model";
import { Stream, type Link } from "@/api/stream";
import { COLOURS } from "@/logic/queue";

const PAGE = 200;
const DRAW_MS = 100;

type Listener = (payload: StreamPayload, fresh: boolean) => void;

export const useLive = defineStore("live", () => {
  const events = shallowRef(new Map<number, EventView>());
  const link = ref<Link>("connecting");
  const heard = ref(Date.now());
  const loading = ref(true);
  const problem = ref("");
  /** Server's clock minus this browser's, milliseconds. */
  const offset = ref(0);
  const now = ref(Date.now());
  const listeners = new Set<Listener>();
  let generation = 0;
  let drawing: ReturnType<typeof setTimeout> | undefined;

  setInterval(() => (now.value = Date.now() + offset.value), 1_000);

  const stream = new Stream({
    change(payload) {
      const event = payload.event;
      const fresh = !events.value.has(event.id);
      events.value.set(event.id, event);
      draw();
      listeners.forEach((listener) => listener(payload, fresh));
    },
    tick(time) {
      offset.value = time - Date.now();
      now.value = time;
    },
    reset: () => void load(),
    state(said, since) {
      link.value = said;
      heard.value = since;
    },
  });

  /** Redraw soon: many changes within a moment are one. */
  function draw(): void {
    drawing ??= setTimeout(() => {
      drawing = undefined;
      triggerRef(events);
    }, DRAW_MS);
  }

  /** Load what is open, the gravest first, and follow what comes. */
  async function load(): Promise<void> {
    const mine = ++generation;
    loading.value = true;
    try {
      const map = new Map<number, EventView>();
      const firsts = await Promise.all(COLOURS.map((colour) => page(colour, null)));
      if (mine !== generation) {
        return;
      }
      firsts.forEach((first) => first.items.forEach((event) => map.set(event.id, event)));
      events.value = map;
      problem.value = "";
      stream.follow(Math.min(...firsts.map((first) => first.stream_position)));
      await Promise.all(COLOURS.map((colour, index) => rest(colour, firsts[index]!.next_cursor, mine)));
    } catch (error) {
      if (mine === generation && !(error instanceof Refused && error.status === 401)) {
        problem.value = error instanceof Error ? error.message : String(error);
        setTimeout(() => mine === generation && void load(), 3_000);
      }
    } finally {
      if (mine === generation) {
        loading.value = false;
      }
    }
  }

  function page(colour: ColourId, cursor: string | null) {
    const query = { open: true, colour: [colour], limit: PAGE, ...(cursor ? { cursor } : {}) };
    return take<EventPage>(api.GET("/api/v1/events", { params: { query } }));
  }

  async function rest(colour: ColourId, cursor: string | null, mine: number): Promise<void> {
    while (cursor && mine === generation) {
      const next = await page(colour, cursor);
      next.items.filter((event) => !events.value.has(event.id)).forEach((event) => events.value.set(event.id, event));
      draw();
      cursor = next.next_cursor;
    }
  }

  function stop(): void {
    generation += 1;
    stream.stop();
    events.value = new Map();
    link.value = "connecting";
  }

  /** An answer that is newer than the stream. */
  function put(event: EventView): void {
    events.value.set(event.id, event);
    draw();
  }

  function listen(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  const stale = computed(() => link.value === "broken");

  return { events, link, heard, loading, problem, offset, now, stale, load, stop, put, listen };
});
