// Places and grids: loaded once, kept by the browser until the city's tables change.

import { defineStore } from "pinia";
import { shallowRef } from "vue";

import { api, take } from "@/api/client";
import type { SpotPage } from "@/api/model";

const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

export const usePlaces = defineStore("places", () => {
  const page = shallowRef<SpotPage | null>(null);
  const grids = shallowRef<GeoJSON.FeatureCollection>(NOTHING);
  let asked: Promise<void> | null = null;

  async function fetchAll(): Promise<void> {
    const [places, found] = await Promise.all([
      take<SpotPage>(api.GET("/api/v1/places")),
      take<GeoJSON.FeatureCollection>(api.GET("/api/v1/grids")),
    ]);
    page.value = places;
    grids.value = found;
  }

  function load(): Promise<void> {
    asked ??= fetchAll().catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  }

  /** After the city's table was loaded anew. */
  function reload(): Promise<void> {
    asked = null;
    return load();
  }

  return { page, grids, load, reload };
});
