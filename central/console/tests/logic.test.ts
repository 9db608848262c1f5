import { describe, expect, it } from "vitest";

import type { EventView, LifeCycle, Possible } from "@/api/model";
import { body, distanceKm, empty, inOrder, missing, possible } from "@/logic/acts";
import { countdown, due, milliseconds, urgency } from "@/logic/deadlines";
import { command } from "@/logic/keys";
import { gravest, muted } from "@/logic/sound";
import { exact, relative } from "@/logic/times";

describe("deadlines", () => {
  const filed = "2026-11-24T04:00:00Z";
  const with_ = (steps: object, state = "filed") =>
    ({
      state: { id: state },
      item: { limits: { accept: "5m", arrive: "30m", close: "2h" } },
      steps: { filed_at: filed, accepted_at: null, arrived_at: null, closed_at: null, ...steps },
    }) as unknown as EventView;
  it("runs accept, then arrive, then close", () => {
    expect(due(with_({}))).toEqual({ step: "accept", at: Date.parse(filed) + 300_000 });
    expect(due(with_({ accepted_at: filed }))?.step).toBe("arrive");
    expect(due(with_({ accepted_at: filed, arrived_at: filed }))?.step).toBe("close");
    expect(due(with_({ accepted_at: filed, arrived_at: filed, closed_at: filed }))).toBeNull();
    expect(due(with_({}, "suspended"))).toBeNull();
    expect(due(with_({ filed_at: null }))).toBeNull();
    expect(due(with_({}, "handled"))?.step).toBe("close");
  });
  it.each([["5m", 300_000], ["2h", 7_200_000], ["4wh", null], ["1wd", null], [undefined, null]])("%s", (limit, span) => {
    expect(milliseconds(limit)).toBe(span);
  });
  it.each([
    [125_000, "02:05"],
    [3_725_000, "1:02:05"],
    [-65_000, "-01:05"],
    [3 * 86_400_000 + 4 * 3_600_000, "3d 04h"],
  ])("%d is %s", (left, text) => expect(countdown(left, 0)).toBe(text));
  it("is late after, soon within a quarter of an hour", () => {
    expect([urgency(-1, 0), urgency(899_999, 0), urgency(900_000, 0)]).toEqual(["late", "soon", "calm"]);
  });
});

describe("keys", () => {
  const press = (key: string, more: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, target: document.body, ...more });
  it("means commands outside of fields and without modifiers", () => {
    expect(command(press("j"))).toBe("next");
    expect(command(press("J"))).toBe("next");
    expect(command(press("?"))).toBe("help");
    expect(command(press("a", { ctrlKey: true }))).toBeNull();
    expect(command(press("a", { target: document.createElement("textarea") }))).toBeNull();
    expect(command(press("Enter", { target: document.createElement("button") }))).toBeNull();
  });
});

describe("acts", () => {
  const shelve = { verb: "shelve", name: { zh: "搁置", en: "shelve" }, to: "same", requires: ["reason", "until"], allows: ["note"] } as Possible;
  it("asks for what is needed and sends what is filled", () => {
    const filled = empty(0, "shelve");
    expect(missing(shelve, filled)).toEqual(["reason"]);
    filled.reason = "  works  ";
    expect(missing(shelve, filled)).toEqual([]);
    expect(body(shelve, filled)).toEqual({ reason: "works", until: "1970-01-01T01:00:00.000Z" });
  });
  it("offers what the state allows and a role over the event's org permits", () => {
    const row = (from: string, roles: string[]) => ({ from: [from], to: "same", roles, requires: [], allows: [], guards: [] });
    const table = {
      version: "1",
      states: [],
      verbs: [
        { id: "close", name: shelve.name, transitions: [row("verified", ["operator"])] },
        { id: "acknowledge", name: shelve.name, transitions: [row("filed", ["operator"])] },
        { id: "suspend", name: shelve.name, transitions: [row("filed", ["supervisor"])] },
      ],
    } as unknown as LifeCycle;
    const filed = { state: { id: "filed" }, org: { id: "willow" }, org_path: [{ id: "city" }, { id: "willow" }] } as unknown as EventView;
    const grant = (role: string, org: string) => ({ role, org: { id: org, name: shelve.name } }) as never;
    expect(possible(table, filed, [grant("operator", "city")]).map((one) => one.verb)).toEqual(["acknowledge"]);
    expect(possible(table, filed, [grant("operator", "elsewhere"), grant("supervisor", "willow")]).map((one) => one.verb)).toEqual(["suspend"]);
  });
  it("orders the acts as people work", () => {
    const some = ["note", "close", "acknowledge", "unknown"].map((verb) => ({ ...shelve, verb }) as Possible);
    expect(inOrder(some).map((one) => one.verb)).toEqual(["acknowledge", "close", "note", "unknown"]);
  });
  it("measures distance", () => {
    expect(distanceKm([0, 0], [0, 1])).toBeCloseTo(111.19, 1);
    expect(distanceKm([117, 30], [117, 30])).toBe(0);
  });
});

describe("sound and times", () => {
  it("plays the gravest alone, and a mute ends", () => {
    expect(gravest(["blue", "red", "yellow"])).toBe("red");
    expect(gravest([])).toBeNull();
    expect([muted(10, 9), muted(10, 10)]).toEqual([true, false]);
  });
  it("says moments in both languages", () => {
    const now = Date.parse("2026-11-24T04:00:00Z");
    expect(relative("2026-11-24T03:57:00Z", "zh", now)).toBe("3分钟前");
    expect(relative("2026-11-24T03:57:00Z", "en", now)).toBe("3 minutes ago");
    expect(relative("2026-11-24T03:59:57Z", "en", now)).toBeNull();
    expect(exact("2024-01-01T00:00:00Z", "en", now)).toContain("2024");
  });
});
