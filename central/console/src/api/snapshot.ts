// A redacted picture of a place, now. Nobody keeps it.

import { api, refusal, Refused } from "./client";

export interface Shot {
  picture: Blob;
  captured: string;
  blurred: number;
}

/** Ask the box; throws `Refused` with its reason. */
export async function snapshot(place: string, camera: string, signal: AbortSignal): Promise<Shot> {
  let answer;
  try {
    const params = { path: { place_id: place }, query: { camera } };
    answer = await api.POST("/api/v1/places/{place_id}/snapshot", { params, parseAs: "blob", signal });
  } catch (error) {
    throw new Refused(0, error instanceof Error ? error.message : String(error));
  }
  const { response } = answer;
  if (!response.ok) {
    throw refusal(response.status, answer.error);
  }
  return {
    picture: answer.data as Blob,
    captured: response.headers.get("X-Captured") ?? new Date().toISOString(),
    blurred: Number(response.headers.get("X-Blurred") ?? 0),
  };
}
