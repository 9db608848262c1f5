import { describe, expect, it } from "vitest";

import { errorsAt, errorsElsewhere, nameOf, sentence } from "@/logic/refusals";
import { addDays, monday, toInstant, toWall } from "@/logic/zones";

const error = (field: string, code = "", values = {}) => ({ field, detail: `${field} is wrong`, code, values });

describe("refusals", () => {
  const errors = [error("body.name"), error("body.grants.0.org"), error("body.grants"), error("header.If-Match")];
  it("go to the most exact field that claims them", () => {
    expect(errorsAt(errors, "grants", ["grants", "grants.0.org"]).map(nameOf)).toEqual(["grants"]);
    expect(errorsAt(errors, "grants", ["grants"]).map(nameOf)).toEqual(["grants.0.org", "grants"]);
    expect(errorsAt(errors, "nam", ["nam"])).toEqual([]);
  });
  it("that nobody claims are told below", () => {
    expect(errorsElsewhere(errors, ["name", "grants"]).map(nameOf)).toEqual(["If-Match"]);
  });
  it("speak the reader's language where their kind is known", () => {
    const say = (key: string, values?: Record<string, unknown>) => `${key} ${JSON.stringify(values)}`;
    expect(sentence(error("body.name", "taken", { n: 1 }), say, () => true)).toBe('refusal.taken {"n":1}');
    expect(sentence(error("body.name", "odd"), say, () => false)).toBe("body.name is wrong");
    expect(sentence(error("body.name"), say, (key) => key !== "refusal.unnamed")).toBe("body.name is wrong");
  });
});

describe("the city's clock", () => {
  it("is read and set in its own zone", () => {
    expect(toWall("2026-11-24T00:30:00Z", "Asia/Shanghai")).toBe("2026-11-24T08:30");
    expect(toInstant("2026-11-24T08:30", "Asia/Shanghai")).toBe("2026-11-24T00:30:00.000Z");
    expect(toInstant("", "Asia/Shanghai")).toBe("");
  });
  it("goes both ways across a change of clocks", () => {
    for (const wall of ["2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T04:00", "2026-12-31T23:59"]) {
      expect(toWall(toInstant(wall, "Europe/Berlin"), "Europe/Berlin")).toBe(wall);
    }
  });
  it("knows weeks", () => {
    expect([monday("2026-11-24"), monday("2026-11-29"), monday("2026-11-23")]).toEqual(["2026-11-23", "2026-11-23", "2026-11-23"]);
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  });
});
