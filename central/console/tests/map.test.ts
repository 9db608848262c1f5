import { expect, it } from "vitest";

import { orgAreas } from "@/map/features";

const square = (id: string, org: string, x: number): GeoJSON.Feature => ({
  type: "Feature",
  properties: { id, org },
  geometry: { type: "Polygon", coordinates: [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]] },
});

it("draws the border of an org around its grids, and writes its name once", () => {
  const grids: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [square("a", "willow", 0), square("b", "willow", 1), square("c", "drum", 2)] };
  const name = { zh: "柳荫", en: "Willow" };
  const made = orgAreas(grids, [{ id: "willow", name } as never]);
  const [border, label, other] = made.features;
  expect(border?.geometry).toMatchObject({ type: "MultiLineString" });
  expect((border?.geometry as GeoJSON.MultiLineString).coordinates).toHaveLength(6); // the edge between a and b is none
  expect(label).toMatchObject({ geometry: { coordinates: [1, 0.5] }, properties: { zh: "柳荫", en: "Willow" } });
  expect((other?.geometry as GeoJSON.MultiLineString).coordinates).toHaveLength(4);
  expect(made.features).toHaveLength(3); // an org whose name is not to be seen has no label
});
