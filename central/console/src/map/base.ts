// A map without tiles: grids are the ground. Fonts are the machine's own; the worker is a file of this build.

import "maplibre-gl/dist/maplibre-gl.css";

import { AttributionControl, Map, NavigationControl, ScaleControl, setWorkerUrl, type StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";

setWorkerUrl(new URL(workerUrl, location.href).href);

export interface Palette {
  ground: string;
  grid: string;
  line: string;
  ink: string;
  halo: string;
}

export const LIGHT: Palette = { ground: "#e9eef5", grid: "#ffffff", line: "#b3bfd2", ink: "#24314e", halo: "#ffffff" };
export const DARK: Palette = { ground: "#0b1220", grid: "#15213a", line: "#33476d", ink: "#d5deef", halo: "#0b1220" };
export const FONT = ["Noto Sans SC", "Noto Sans CJK SC", "sans-serif"];
export const COLOURS = { red: "#c8102e", yellow: "#f2b01e", blue: "#1756b8" } as const;
/** The same shapes as everywhere: triangle, diamond, disc. */
export const SHAPES = { red: "▲", yellow: "◆", blue: "●" } as const;

export function style(palette: Palette): StyleSpecification {
  return {
    version: 8,
    sources: {},
    layers: [{ id: "ground", type: "background", paint: { "background-color": palette.ground } }],
  };
}

/** Whether this browser can draw it. */
export function drawable(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

export function makeMap(container: HTMLElement, palette: Palette, center: [number, number], zoom: number): Map {
  const map = new Map({
    container,
    style: style(palette),
    center,
    zoom,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl(), "bottom-left");
  map.addControl(new AttributionControl({ compact: true }), "bottom-right");
  return map;
}

type Collection = GeoJSON.FeatureCollection;

/** Grids as the ground, coloured by their org, with names when near. */
export function addGrids(map: Map, grids: Collection, palette: Palette, language: string): void {
  map.addSource("grids", { type: "geojson", data: grids, promoteId: "id" });
  map.addLayer({ id: "grids", type: "fill", source: "grids", paint: { "fill-color": ["coalesce", ["get", "tint"], palette.grid], "fill-opacity": 0.55 } });
  map.addLayer({ id: "grid-lines", type: "line", source: "grids", paint: { "line-color": palette.line, "line-width": 1 } });
  map.addLayer({
    id: "grid-names",
    type: "symbol",
    source: "grids",
    minzoom: 13,
    layout: { "text-field": ["get", language], "text-font": FONT, "text-size": 12, "text-padding": 12 },
    paint: { "text-color": palette.ink, "text-opacity": 0.7, "text-halo-color": palette.halo, "text-halo-width": 1.2 },
  });
}

/** West, south, east, north of everything; null for nothing. */
export function bounds(collection: Collection, points: readonly (readonly [number, number])[]): [[number, number], [number, number]] | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (x: number, y: number) => {
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  };
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] === "number") {
        take(value[0], value[1] as number);
      } else {
        value.forEach(walk);
      }
    }
  };
  collection.features.forEach((feature) => "coordinates" in feature.geometry && walk(feature.geometry.coordinates));
  points.forEach(([x, y]) => take(x, y));
  return Number.isFinite(west) ? [[west, south], [east, north]] : null;
}
