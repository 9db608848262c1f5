import { describe, expect, it } from "vitest";

import { refusal } from "@/api/client";
import { SAID_ZH } from "@/i18n/said.zh";
import { retold } from "@/logic/reasons";

describe("retold", () => {
  it("knows what a busy box says, with its figures", () => {
    const said = "the box is overloaded: 3.5 looks a second instead of 5.0; lower fps, give it fewer cameras, or a faster provider";
    expect(retold(said, "zh")).toContain("每秒检测 3.5 次，应为 5.0 次");
    expect(retold(said, "en")).toBe(said);
  });
  it("leaves what it does not know as it was said", () => expect(retold("401 Unauthorized", "zh")).toBe("401 Unauthorized"));
  it("has a group for every hole", () => {
    for (const [sentence, words] of SAID_ZH) {
      const holes = [...words.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(holes.filter((hole) => !sentence.source.includes(`(?<${hole}>`))).toEqual([]);
    }
  });
  it("is applied to every refusal and to each of its fields", () => {
    const body = { detail: "the request does not fit", errors: [{ field: "body.reason", detail: "return needs it" }] };
    const refused = refusal(422, body);
    expect(refused.message).toBe("填写的内容不符合要求");
    expect(refused.of("reason")).toBe("此项必填");
  });
});
