import { describe, expect, it } from "vitest";

import { DAYS, faults, parsed, stripes, timeOfDay, written } from "@/logic/duty";
import { compose } from "@/logic/handover";

const on = (...days: string[]) => DAYS.map((day) => days.includes(day));

describe("weekly duty", () => {
  it.each([
    ["08:00-20:00", on(...DAYS), "08:00-20:00"],
    ["mon-fri 08:00-17:00", on("mon", "tue", "wed", "thu", "fri"), "mon-fri 08:00-17:00"],
    ["sat,sun,holiday 09:00-24:00", on("sat", "sun", "holiday"), "sat,sun,holiday 09:00-24:00"],
    ["fri-mon 22:00-06:00", on("fri", "sat", "sun", "mon"), "mon,fri-sun 22:00-06:00"],
    ["mon-sun 00:00-24:00", on(...DAYS.slice(0, 7)), "mon-sun 00:00-24:00"],
    ["holiday 10:00-12:00", on("holiday"), "holiday 10:00-12:00"],
  ])("%s is read, and written so that it means the same", (text, days, again) => {
    const span = parsed(text)!;
    expect(span.days).toEqual(days);
    expect(written(span)).toBe(again);
    expect(parsed(again)!.days).toEqual(days);
  });
  it.each(["", "always", "mon 8:00-9:00", "mon-holiday 08:00-09:00", "xyz 08:00-09:00"])("%j is none", (text) => expect(parsed(text)).toBeNull());
  it.each([["8:00", "08:00"], ["0830", "08:30"], ["8：05", "08:05"], ["24:00", "24:00"], ["24:01", ""], ["12:60", ""], ["soon", ""], ["", ""]])("%j is the time %j", (typed, time) => expect(timeOfDay(typed)).toBe(time));
  it("says what is wrong beside the field", () => {
    expect(faults({ days: on(), starts: "", ends: "25:00" })).toEqual([
      { field: "days", code: "needed" },
      { field: "starts", code: "needed" },
      { field: "ends", code: "time_of_day" },
    ]);
    expect(faults({ days: on("mon"), starts: "8:00", ends: "17:00" })).toEqual([]);
  });
  it("of a night reaches into the next morning, and Sunday's into Monday", () => {
    const rows = stripes([parsed("sun 18:00-06:00")!]);
    expect(rows[6]).toEqual([{ left: 75, width: 25 }]);
    expect(rows[0]).toEqual([{ left: 0, width: 25 }]);
    expect(rows[1]).toEqual([]);
  });
  it("that names no hours is always", () => expect(stripes([]).every((row) => row[0]!.width === 100)).toBe(true));
});

describe("a hand-over note", () => {
  const words = { nothing: "none", more: (n: number) => `and ${n} more` };
  const parts = [
    { title: "Late", rows: Array.from({ length: 300 }, (_, n) => `event ${n} at a place with a long name`) },
    { title: "Paused", rows: [] },
  ];
  it("keeps the operator's words whole and counts what has no room", () => {
    const text = compose(["Hand-over"], ["Note", "watch the lake"], parts, 1000, words);
    expect(text.length).toBeLessThanOrEqual(1000);
    expect(text).toContain("watch the lake");
    expect(text).toContain("Late (300)");
    expect(text).toMatch(/and \d+ more/);
    expect(text).toContain("Paused (0)\nnone");
  });
  it("lists everything where there is room", () => {
    const text = compose(["Hand-over"], ["Note", "none"], parts, 100_000, words);
    expect(text).toContain("event 299");
    expect(text).not.toContain("more");
  });
});
