// The layers of the city map, from the ground up.

import type { GeoJSONSource, Map } from "maplibre-gl";

import { COLOURS, FONT, type Palette, SHAPES } from "./base";

const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const UNIT = "#0f7a6c";
const HEALTH = ["match", ["get", "health"], "ok", "#1a9a5c", "partly", "#f2b01e", "down", "#c8102e", "rgba(0,0,0,0)"] as const;

export function addLayers(map: Map, palette: Palette, language: string): void {
  addAreas(map, palette);
  map.addSource("heat", { type: "geojson", data: NOTHING });
  map.addLayer({
    id: "heat",
    type: "heatmap",
    source: "heat",
    layout: { visibility: "none" },
    paint: {
      "heatmap-weight": ["get", "weight"],
      "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 14, 15, 46],
      "heatmap-opacity": 0.75,
    },
  });
  map.addSource("places", { type: "geojson", data: NOTHING, cluster: true, clusterRadius: 46, clusterMaxZoom: 13 });
  map.addLayer({
    id: "place-clusters",
    type: "circle",
    source: "places",
    filter: ["has", "point_count"],
    paint: {
      "circle-color": "#3a4d75",
      "circle-opacity": 0.85,
      "circle-radius": ["step", ["get", "point_count"], 14, 100, 18, 1000, 23, 10000, 28],
      "circle-stroke-color": palette.halo,
      "circle-stroke-width": 1.5,
    },
  });
  map.addLayer({
    id: "place-counts",
    type: "symbol",
    source: "places",
    filter: ["has", "point_count"],
    layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": FONT, "text-size": 12, "text-allow-overlap": true },
    paint: { "text-color": "#ffffff" },
  });
  map.addLayer({
    id: "places",
    type: "circle",
    source: "places",
    filter: ["!", ["has", "point_count"]],
    paint: {
      "circle-color": ["get", "colour"],
      "circle-radius": 11,
      "circle-stroke-color": [...HEALTH] as never,
      "circle-stroke-width": ["match", ["get", "health"], "none", 0, 3],
    },
  });
  map.addLayer({
    id: "place-signs",
    type: "symbol",
    source: "places",
    filter: ["!", ["has", "point_count"]],
    layout: { "text-field": ["get", `sign_${language}`], "text-font": FONT, "text-size": 12, "text-allow-overlap": true, "text-ignore-placement": true },
    paint: { "text-color": "#ffffff" },
  });
  map.addLayer({
    id: "place-names",
    type: "symbol",
    source: "places",
    minzoom: 12.5,
    filter: ["!", ["has", "point_count"]],
    layout: { "text-field": ["get", language], "text-font": FONT, "text-size": 12, "text-offset": [0, 1.5], "text-anchor": "top", "text-optional": true },
    paint: { "text-color": palette.ink, "text-halo-color": palette.halo, "text-halo-width": 1.4 },
  });
  map.addSource("units", { type: "geojson", data: NOTHING });
  addNames(map, palette, language);
  map.addLayer({
    id: "units",
    type: "symbol",
    source: "units",
    layout: { "text-field": "■", "text-font": FONT, "text-size": 13, "text-allow-overlap": true },
    paint: { "text-color": UNIT, "text-halo-color": palette.halo, "text-halo-width": 1.6 },
  });
  map.addSource("events", { type: "geojson", data: NOTHING });
  map.addLayer({
    id: "event-glow",
    type: "circle",
    source: "events",
    paint: { "circle-radius": 20, "circle-opacity": 0.25, "circle-color": byColour() as never, "circle-translate": [0, -18] },
  });
  map.addLayer({
    id: "events",
    type: "symbol",
    source: "events",
    layout: {
      "symbol-sort-key": ["get", "rank"],
      "text-field": ["concat", ["match", ["get", "colour"], "red", SHAPES.red, "yellow", SHAPES.yellow, SHAPES.blue], ["case", [">", ["get", "count"], 1], ["concat", " ", ["to-string", ["get", "count"]]], ""]],
      "text-font": FONT,
      "text-size": 22,
      "text-offset": [0, -0.9],
      "text-allow-overlap": true,
    },
    paint: { "text-color": byColour() as never, "text-halo-color": palette.halo, "text-halo-width": 2 },
  });
}

/** Borders of organisations, below everything that stands on the ground. */
function addAreas(map: Map, palette: Palette): void {
  map.addSource("areas", { type: "geojson", data: NOTHING });
  map.addLayer({
    id: "area-lines",
    type: "line",
    source: "areas",
    filter: ["!", ["has", "zh"]],
    paint: { "line-color": palette.ink, "line-opacity": 0.55, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1.2, 14, 2.4] },
  });
}

/** Names below what they name, which is placed first: a name that finds no room beside it is left out until somebody goes nearer. */
function addNames(map: Map, palette: Palette, language: string): void {
  const around: ["top", "bottom", "left", "right"] = ["top", "bottom", "left", "right"];
  map.addLayer({
    id: "unit-names",
    type: "symbol",
    source: "units",
    minzoom: 11.5,
    layout: { "text-field": ["get", language], "text-font": FONT, "text-size": 12, "text-variable-anchor": around, "text-radial-offset": 0.8, "text-padding": 3 },
    paint: { "text-color": UNIT, "text-halo-color": palette.halo, "text-halo-width": 1.6 },
  });
  map.addLayer({
    id: "area-names",
    type: "symbol",
    source: "areas",
    maxzoom: 14,
    filter: ["has", "zh"],
    layout: { "text-field": ["get", language], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 8, 12, 13, 16], "text-variable-anchor": ["center", ...around], "text-radial-offset": 1.6, "text-padding": 4 },
    paint: { "text-color": palette.ink, "text-halo-color": palette.halo, "text-halo-width": 2 },
  });
}

function byColour(): unknown {
  return ["match", ["get", "colour"], "red", COLOURS.red, "yellow", COLOURS.yellow, COLOURS.blue];
}

export function put(map: Map, source: string, data: GeoJSON.FeatureCollection): void {
  const found = map.getSource<GeoJSONSource>(source);
  void found?.setData(data);
}

/** Layers that belong together, by the name under which people switch them. */
export const GROUPS: Record<string, readonly string[]> = {
  orgs: ["area-lines", "area-names"],
  grids: ["grids", "grid-lines", "grid-names"],
  places: ["place-clusters", "place-counts", "places", "place-signs", "place-names"],
  units: ["units", "unit-names"],
  events: ["event-glow", "events"],
  heat: ["heat"],
};
