import { describe, expect, it } from "vitest";

import { refusal } from "@/api/client";
import { FAULTS, FIXES } from "@/i18n/said.faults.zh";
import { SAID_ZH } from "@/i18n/said.zh";
import { retold, retoldFault } from "@/logic/reasons";

describe("retold", () => {
  it("knows what a busy box says, with its figures", () => {
    const said = "the box is overloaded: 3.5 looks a second instead of 5.0; lower fps, give it fewer cameras, or a faster provider";
    expect(retold(said, "zh")).toContain("每秒检测 3.5 次，应为 5.0 次");
    expect(retold(said, "en")).toBe(said);
  });
  it("leaves what it does not know as it was said", () => expect(retold("401 Unauthorized", "zh")).toBe("401 Unauthorized"));
  it("has a group for every hole", () => {
    for (const [sentence, words] of [...SAID_ZH, ...FAULTS, ...FIXES]) {
      const holes = [...words.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(holes.filter((hole) => !sentence.source.includes(`(?<${hole}>`))).toEqual([]);
    }
  });
  it("says what is wrong with a table and the way out", () => {
    expect(retoldFault("unit 'x' names an unknown org 'y'", "use the id of one of the city file's orgs", "zh")).toBe("力量 'x' 的单位 'y' 不存在；请用城市表中单位的标识");
    expect(retoldFault("must be greater than or equal to 1", "was '-3'; allowed: from 1 to 1000", "zh")).toBe("不能小于 1；现为 '-3'；允许 1 至 1000");
    expect(retoldFault("unknown key", "write 'org'", "en")).toBe("unknown key - write 'org'");
    const fault = { field: "units:3: units[0].org", detail: "unknown key - remove it", code: "config", values: { line: 3, path: "units[0].org", message: "unknown key", fix: "remove it" } };
    expect(refusal(422, { detail: "the table has 1 fault; what was in force stays in force", errors: [fault] }).errors[0]!.detail).toBe("没有这个键；请删除");
  });
  it("says what a validator of a form says", () => {
    const error = { field: "body.settings.url", detail: "Value error, write an address such as https://example.city/hook", code: "value_error", values: {} };
    expect(refusal(422, { detail: "the request does not fit", errors: [error] }).errors[0]!.detail).toBe("须是地址，如 https://example.city/hook");
  });
  it("is applied to every refusal and to each of its fields", () => {
    const body = { detail: "the request does not fit", errors: [{ field: "body.reason", detail: "return needs it" }] };
    const refused = refusal(422, body);
    expect(refused.message).toBe("填写的内容不符合要求");
    expect(refused.of("reason")).toBe("此项必填");
  });
});
