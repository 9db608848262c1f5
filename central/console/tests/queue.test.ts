import { describe, expect, it } from "vitest";

import type { ColourId, EventView } from "@/api/model";
import { arrivals, everything, lines, order, shelved, spared, wanted } from "@/logic/queue";

const NOON = Date.parse("2026-11-24T04:00:00Z");

function event(id: number, colour: ColourId, more: Record<string, unknown> = {}): EventView {
  const name = { zh: `名${id}`, en: `name ${id}` };
  return {
    id,
    number: `20261124-00000${id}`,
    open: true,
    colour: { id: colour, name, rule: "default", reason: name },
    kind: { id: "no_stopping", name },
    place: { id: `place-${id}`, name, point: null },
    zone: { id: "kerb", name },
    org: { id: "willow", name },
    item: null,
    state: { id: "filed", name },
    steps: { filed_at: new Date(NOON).toISOString(), accepted_at: null, arrived_at: null, closed_at: null },
    received: new Date(NOON - 60_000).toISOString(),
    last_received: new Date(NOON - 60_000 + id).toISOString(),
    ...more,
  } as unknown as EventView;
}

const limited = (id: number, colour: ColourId, accept: string) =>
  event(id, colour, { item: { number: 1, limits: { accept, close: "2h" } } });

describe("order", () => {
  it("puts red first, then what is due first, then the newest", () => {
    const events = [event(1, "blue"), limited(2, "yellow", "30m"), event(3, "yellow"), limited(4, "yellow", "5m"), event(5, "red"), event(6, "red")];
    expect(events.sort(order).map((one) => one.id)).toEqual([6, 5, 4, 2, 3, 1]);
  });
});

describe("wanted", () => {
  const filter = everything();
  it("leaves out what is closed, shelved, or of another colour", () => {
    expect(wanted(event(1, "red"), filter, NOON)).toBe(true);
    expect(wanted(event(1, "red", { open: false }), filter, NOON)).toBe(false);
    expect(wanted(event(1, "red"), { ...filter, colours: new Set(["blue"]) }, NOON)).toBe(false);
    const put = event(1, "red", { shelved_until: new Date(NOON + 1000).toISOString() });
    expect(wanted(put, filter, NOON)).toBe(false);
    expect(wanted(put, { ...filter, shelved: "with" }, NOON)).toBe(true);
    expect(wanted(put, { ...filter, shelved: "only" }, NOON)).toBe(true);
    expect(shelved(put, NOON + 2000)).toBe(false);
  });
  it("leaves out what another event stands for, but what a flood hides is folded, not left out", () => {
    const stood = event(1, "blue", { hidden_by: 9, hidden_why: { id: "red-hides-milder", name: { zh: "红", en: "red" } } });
    expect([wanted(stood, filter, NOON), spared(stood)]).toEqual([false, true]);
    expect(wanted(stood, { ...filter, spared: "only" }, NOON)).toBe(true);
    expect(wanted(event(2, "blue"), { ...filter, spared: "only" }, NOON)).toBe(false);
    const flooded = event(3, "blue", { hidden_by: 9, hidden_why: { id: "flood", name: { zh: "洪", en: "flood" } } });
    expect(wanted(flooded, filter, NOON)).toBe(true);
  });
  it("finds words in both languages, all of them", () => {
    expect(wanted(event(7, "red"), { ...filter, text: "名7 PLACE-7" }, NOON)).toBe(true);
    expect(wanted(event(7, "red"), { ...filter, text: "名7 place-8" }, NOON)).toBe(false);
    expect(wanted(event(7, "red"), { ...filter, text: "(" }, NOON)).toBe(false);
  });
});

describe("flood", () => {
  const here = { place: { id: "hall", name: { zh: "厅", en: "hall" }, point: null } };
  it("keeps every red, one line a place, and hides nothing uncounted", () => {
    const events = [event(1, "red", here), event(2, "red", here), event(3, "yellow", here), event(4, "yellow"), event(5, "blue", here)];
    const made = lines(events, true);
    expect(made.map((line) => [line.event.id, line.hidden.map((one) => one.id)])).toEqual([[1, [3, 5]], [2, []], [4, []]]);
    const counted = made.reduce((sum, line) => sum + 1 + line.hidden.length, 0);
    expect(counted).toBe(events.length);
    expect(lines(events, false)).toHaveLength(5);
  });
  it("counts what came within ten minutes", () => {
    expect(arrivals([event(1, "red"), event(2, "red", { received: new Date(NOON - 601_000).toISOString() })], NOON)).toBe(1);
  });
});
