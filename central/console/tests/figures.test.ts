// Figures as people read them.
import { describe, expect, it } from "vitest";

import type { FigureRow, Sums } from "@/api/model";
import { adds, BYS, down, filled, percent, span, stretch, verdict } from "@/logic/figures";

const sums = (received: number, late: number): Sums => ({ received, outcomes: { in_time: received - late, late } }) as unknown as Sums;
const row = (received: number, late: number): FigureRow => ({ key: { id: "x", name: { zh: "x", en: "x" } }, sums: sums(received, late) });

describe("figures", () => {
  it.each([
    [0, 0, "–"],
    [1, 3, "33.3 %"],
    [0, 4, "0.0 %"],
  ])("%d of %d is %s", (part, of, text) => expect(percent({ part, of })).toBe(text));

  it.each([
    [null, "–"],
    [45, "45 s"],
    [720, "12 min"],
    [12_600, "3.5 h"],
    [181_440, "2.1 d"],
  ])("%s seconds are %s", (seconds, text) => expect(span(seconds)).toBe(text));

  it("add up or are told not to", () => {
    expect(adds([row(3, 1), row(2, 0)], sums(5, 1))).toBe(true);
    expect(adds([row(3, 1), row(2, 1)], sums(5, 1))).toBe(false);
    expect(adds([row(3, 1)], sums(5, 1))).toBe(false);
  });

  it("lead down from everything but the hours", () => expect(BYS.filter((by) => down(by) === null)).toEqual(["hour"]));

  it("know the months of the calendar", () => {
    const now = new Date(2026, 0, 15, 12).getTime();
    const { since, until } = stretch("last_month", now, { since: "", until: "" });
    expect([new Date(since).getMonth(), new Date(until).getMonth(), new Date(until).getDate()]).toEqual([11, 0, 1]);
    const own = stretch("own", now, { since: "2026-01-02", until: "2026-01-02" });
    expect(own.until - own.since).toBe(86_400_000);
    expect(stretch("own", now, { since: "", until: "" }).since).toBeNaN();
  });

  it("leave no day out", () => {
    expect(filled([])).toEqual([]);
    expect(filled(["2026-02-27", "2026-03-01"])).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(filled(["07"]).length).toBe(24);
  });

  it("judge a load", () => expect([0.5, 1, 5, 11].map(verdict)).toEqual(["calm", "calm", "warn", "bad"]));
});
