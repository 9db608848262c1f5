import { describe, expect, it } from "vitest";

import { retold } from "@/logic/reasons";

const say = (key: string, values: Record<string, unknown>) => `${key} ${JSON.stringify(values)}`;

describe("retold", () => {
  it("knows what a busy box says, with its figures", () => {
    const said = "the box is overloaded: 3.5 looks a second instead of 5.0; lower fps, give it fewer cameras, or a faster provider";
    expect(retold(said, say)).toBe('reason.overloaded {"looks":"3.5","wanted":"5.0"}');
    expect(retold("the box did not answer within 8 s", say)).toBe('reason.no_answer {"s":"8"}');
  });
  it("leaves what it does not know as it was said", () => expect(retold("401 Unauthorized", say)).toBe("401 Unauthorized"));
});
