import { expect, it } from "vitest";

import type { Unit } from "@/api/model";
import { helpers, STEPS } from "@/logic/phone";

const unit = (id: string, on_duty: boolean): Unit => ({ id, on_duty }) as Unit;

it("asks others for help, those on duty first", () => {
  const units = [unit("own", true), unit("far", false), unit("near", true), unit("next", true)];
  expect(helpers(units, "own").map((one) => one.id)).toEqual(["near", "next", "far"]);
});

it("leaves the event with the unit that asks for help", () => {
  for (const state of ["accepted", "on_site"]) {
    expect(STEPS[state]?.find((step) => step.verb === "support")).toMatchObject({ needs: "units" });
  }
});
