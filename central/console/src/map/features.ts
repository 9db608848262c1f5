// What is on the map as GeoJSON. Pure.

import type { Box, ColourId, EventView, HeatCell, Org, Spot, Unit } from "@/api/model";
import { standing } from "@/logic/queue";

type Collection = GeoJSON.FeatureCollection<GeoJSON.Point>;

function point(coordinates: readonly number[], properties: Record<string, unknown>): GeoJSON.Feature<GeoJSON.Point> {
  return { type: "Feature", geometry: { type: "Point", coordinates: [...coordinates] }, properties };
}

export type Health = "ok" | "partly" | "down" | "none";

/** The cameras of each place: ok when all stream, down when none does. */
export function health(boxes: readonly Box[]): Map<string, Health> {
  const sums = new Map<string, [number, number]>();
  for (const box of boxes) {
    for (const camera of box.cameras) {
      const sum = sums.get(camera.place.id) ?? [0, 0];
      sum[0] += box.state === "online" && camera.state === "streaming" ? 1 : 0;
      sum[1] += 1;
      sums.set(camera.place.id, sum);
    }
  }
  return new Map([...sums].map(([place, [well, all]]) => [place, well === all ? "ok" : well ? "partly" : "down"]));
}

/** A sign for each class of key area: one character that people know. */
export const SIGNS: Record<string, { zh: string; en: string; colour: string }> = {
  transport_hub: { zh: "站", en: "T", colour: "#6d3fb0" },
  school: { zh: "校", en: "S", colour: "#0f7a6c" },
  mall: { zh: "商", en: "M", colour: "#a8460f" },
  public_office: { zh: "政", en: "O", colour: "#3a4d75" },
  hospital: { zh: "医", en: "H", colour: "#b3261e" },
  park: { zh: "园", en: "P", colour: "#2f7a2f" },
  venue: { zh: "馆", en: "V", colour: "#8a3a7a" },
  road: { zh: "路", en: "R", colour: "#4d5566" },
  service_area: { zh: "服", en: "A", colour: "#1f6f93" },
  residential: { zh: "居", en: "C", colour: "#7a5a12" },
  utility: { zh: "能", en: "U", colour: "#5a5a00" },
  hazard_site: { zh: "险", en: "D", colour: "#8f1d45" },
};

export function placeFeatures(places: readonly Spot[], states: ReadonlyMap<string, Health>, classes: ReadonlySet<string>): Collection {
  const features = [];
  for (const place of places) {
    if (classes.has(place.class)) {
      features.push(
        point(place.point, {
          id: place.id,
          class: place.class,
          colour: SIGNS[place.class]?.colour ?? "#555",
          sign_zh: SIGNS[place.class]?.zh ?? "·",
          sign_en: SIGNS[place.class]?.en ?? "·",
          zh: place.name.zh,
          en: place.name.en,
          health: states.get(place.id) ?? "none",
        }),
      );
    }
  }
  return { type: "FeatureCollection", features };
}

const RANK: Record<ColourId, number> = { blue: 0, yellow: 1, red: 2 };

/** Open events, one mark a place: the gravest colour, and how many. */
export function eventFeatures(events: Iterable<EventView>): Collection {
  const places = new Map<string, { at: readonly number[]; colour: ColourId; id: number; count: number }>();
  for (const event of events) {
    if (!standing(event) || !event.place.point) {
      continue;
    }
    const mark = places.get(event.place.id);
    if (!mark) {
      places.set(event.place.id, { at: event.place.point, colour: event.colour.id, id: event.id, count: 1 });
    } else {
      mark.count += 1;
      if (RANK[event.colour.id] > RANK[mark.colour]) {
        mark.colour = event.colour.id;
        mark.id = event.id;
      }
    }
  }
  return {
    type: "FeatureCollection",
    features: [...places.values()].map(({ at, colour, id, count }) => point(at, { id, colour, count, rank: RANK[colour] })),
  };
}

export function unitFeatures(units: readonly Unit[]): Collection {
  return {
    type: "FeatureCollection",
    features: units.flatMap((unit) => (unit.point ? [point(unit.point, { id: unit.id, zh: unit.name.zh, en: unit.name.en })] : [])),
  };
}

/** Cells as weighted points: the busiest weighs 1, and the root keeps what is seldom in sight. */
export function heatFeatures(cells: readonly HeatCell[]): Collection {
  const most = Math.max(1, ...cells.map((cell) => cell.events));
  return { type: "FeatureCollection", features: cells.map((cell) => point(cell.point, { weight: Math.sqrt(cell.events / most) })) };
}

const TINTS = ["#cfe0f7", "#d9efdc", "#f5e6c8", "#e9dcf3", "#d3ecee", "#f6dcdc"];
const DARK_TINTS = ["#1b3155", "#1b3a2c", "#3c311a", "#322347", "#16383c", "#40222a"];

/** Grids with a tint by org, so that areas of neighbouring orgs differ. */
export function tinted(grids: GeoJSON.FeatureCollection, dark: boolean): GeoJSON.FeatureCollection {
  const tints = dark ? DARK_TINTS : TINTS;
  const orgs = [...new Set(grids.features.map((feature) => String(feature.properties?.["org"])))];
  const features = grids.features.map((feature) => ({
    ...feature,
    properties: { ...feature.properties, tint: tints[orgs.indexOf(String(feature.properties?.["org"])) % tints.length] },
  }));
  return { type: "FeatureCollection", features };
}

type Position = readonly [number, number];

/** The outer and inner edges of a geometry's polygons, each as two corners. */
function edges(geometry: GeoJSON.Geometry): [Position, Position][] {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
  return polygons.flat().flatMap((ring) => ring.slice(1).map((to, index): [Position, Position] => [ring[index] as unknown as Position, to as unknown as Position]));
}

/**
 * The areas of organisations that answer for grids: the border of each (edges that two of its grids share are none), and
 * a point for its name, the middle of its bounding box.
 */
export function orgAreas(grids: GeoJSON.FeatureCollection, orgs: readonly Org[]): GeoJSON.FeatureCollection {
  const names = new Map(orgs.map((org) => [org.id, org.name]));
  const areas = new Map<string, Map<string, [Position, Position]>>();
  for (const { properties, geometry } of grids.features) {
    const id = String(properties?.["org"]);
    const border = areas.get(id) ?? new Map<string, [Position, Position]>();
    areas.set(id, border);
    for (const [from, to] of edges(geometry)) {
      const key = [String(from), String(to)].sort().join(" ");
      if (!border.delete(key)) {
        border.set(key, [from, to]);
      }
    }
  }
  const features: GeoJSON.Feature[] = [];
  for (const [id, border] of areas) {
    const lines = [...border.values()];
    const middle = (axis: 0 | 1) => {
      const values = lines.map(([from]) => from[axis]);
      return values.reduce((least, value) => Math.min(least, value), Infinity) / 2 + values.reduce((most, value) => Math.max(most, value), -Infinity) / 2;
    };
    const name = names.get(id);
    features.push({ type: "Feature", geometry: { type: "MultiLineString", coordinates: lines.map((line) => line.map((at) => [...at])) }, properties: { id } });
    if (name && lines.length) {
      features.push(point([middle(0), middle(1)], { id, zh: name.zh, en: name.en }));
    }
  }
  return { type: "FeatureCollection", features };
}
