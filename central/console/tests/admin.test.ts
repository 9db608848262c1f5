import { describe, expect, it } from "vitest";

import { planOf, withPlan } from "@/logic/boxes";
import { browserOf } from "@/logic/browsers";
import { settingsOf as settingsOfChannel, shownOf } from "@/logic/channels";
import { clipped, fresh, moved, split } from "@/logic/drawing";
import { errorsAt, errorsElsewhere, nameOf, sentence } from "@/logic/refusals";
import { meant, settingsOf, targetsOf } from "@/logic/rules";
import { upsert, without } from "@/logic/yaml";
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

const BOX = `# what the box runs
cameras:
  - id: a # the gate
    url: rtsp://h/1
    zones:
      - {id: lawn, polygon: [[0, 0], [1, 0], [1, 1]], area_m2: 40} # measured
    rules:
      - {kind: water_edge, zone: lawn, dwell_s: 3}
  - id: b
    url: rtsp://h/2
`;

describe("a box's configuration", () => {
  it("keeps comments and what the form does not know", () => {
    const plan = planOf(BOX, "a")!;
    expect(withPlan(BOX, "a", plan.shapes, plan.rules)).toBe(BOX);
    const shapes = [moved(plan.shapes[0]!, 1, [0.5, -3]), fresh(plan.shapes, "line")];
    const after = withPlan(BOX, "a", shapes, [{ kind: "water_edge", zone: "lawn" }, { kind: "line_crossing", line: "line-1" }]);
    expect(after).toContain("# the gate");
    expect(after).toContain("area_m2: 40");
    expect(planOf(after, "a")).toEqual({ at: 0, shapes, rules: [{ kind: "water_edge", zone: "lawn" }, { kind: "line_crossing", line: "line-1" }] });
    expect(planOf(withPlan(after, "a", [], []), "a")).toEqual({ at: 0, shapes: [], rules: [] });
    expect(planOf(after, "b")).toEqual({ at: 1, shapes: [], rules: [] });
    expect([planOf(BOX, "c"), planOf("", "a"), planOf("[", "a")]).toEqual([null, null, null]);
  });
  it("is drawn within the picture", () => {
    const zone = fresh([], "zone");
    expect(split(zone, 3).points).toHaveLength(5);
    expect(clipped(clipped(zone, 0), 0).points).toHaveLength(3);
    expect(moved(zone, 0, [7, Number.MIN_VALUE]).points[0]).toEqual([1, 0]);
    expect(fresh([zone], "zone").id).toBe("zone-2");
  });
  it("has rules whose settings are asked for by their schema", () => {
    const schema = { properties: { kind: { type: "string" }, zone: { type: "string" }, dwell_s: { type: "number", default: 2 }, limit: { anyOf: [{ type: "integer" }, { type: "null" }], default: null }, hours: { type: "array", default: [] } } };
    expect(settingsOf(schema).map((one) => [one.name, one.kind, one.fallback])).toEqual([["dwell_s", "number", "2"], ["limit", "number", ""], ["hours", "list", ""]]);
    expect(targetsOf(schema)).toEqual(["zone"]);
    expect([meant("", "number"), meant("3.5", "number"), meant("soon", "number"), meant("a; b", "list")]).toEqual([null, 3.5, "soon", ["a", "b"]]);
  });
});

describe("a table's text", () => {
  it("is changed where it is meant and nowhere else", () => {
    const text = 'version: "1"\norgs:\n  - {id: a, name: {zh: 甲, en: A}} # root\n';
    const more = upsert(text, ["orgs"], "id", "b", { parent: "a", name: { zh: "乙", en: "B" } });
    expect(more).toContain("# root");
    expect(more).toContain("parent: a");
    expect(without(more, ["orgs"], "id", "b")).toBe(text);
    expect(upsert(more, ["orgs"], "id", "b", { parent: null })).not.toContain("parent");
    expect(JSON.parse(upsert('{"orgs": []}', ["orgs"], "id", "a", { level: "city" }))).toEqual({ orgs: [{ id: "a", level: "city" }] });
  });
});

describe("channels", () => {
  it("send what was typed, and no secret that stays", () => {
    expect(settingsOfChannel("email", { host: " mail ", port: "587", security: "tls", recipients: "a@b.cn\nc@d.cn", password: "" })).toEqual({ kind: "email", host: "mail", port: 587, security: "tls", recipients: ["a@b.cn", "c@d.cn"] });
    expect(shownOf("webhook", { url: "https://x", secret: "never" })).toEqual({ url: "https://x", secret: "" });
  });
  it("and browsers have names", () => {
    expect(browserOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0 Safari/537.36")).toBe("Chrome 156 · Linux");
    expect([browserOf("curl/8"), browserOf(null)]).toEqual(["curl/8", ""]);
  });
});
