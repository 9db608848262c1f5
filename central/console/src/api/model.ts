// The API's types under the names that the console uses.

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Bilingual = Schemas["Bilingual"];
export type Area = Schemas["AreaView"];
export type Me = Schemas["Me"];
export type SignInWays = Schemas["SignInView"];
export type Role = Schemas["Role"];
export type Box = Schemas["BoxView"];
export type Camera = Schemas["CameraView"];
export type Figures = Schemas["Figures"];
export type Picture = Schemas["PictureView"];
export type Evidence = Schemas["EvidenceView"];
export type Entry = Schemas["EntryView"];
export type ColourId = Schemas["Colour"];

/** What the life cycle adds to an event. */
interface Cycle {
  etag?: string;
  summary?: string | null;
  loop?: Area;
  source?: Area;
  unit?: Area | null;
  referred_to?: Area | null;
  steps?: Record<string, string | null>;
  counts?: Record<string, number>;
  pause?: { approved: boolean; until: string | null; by: string | null; reason: string | null } | null;
  merged_into?: number | null;
  shelved_until?: string | null;
}

export type EventView = Schemas["EventView"] & Cycle;
export type EventDetail = Schemas["EventDetail"] & Cycle & { possible?: Possible[] };
export type EventPage = Omit<Schemas["EventPage"], "items"> & { items: EventView[] };
export interface StreamPayload {
  verbs: string[];
  event: EventView;
}

export type Said = "reason" | "note" | "unit" | "units" | "to_org" | "until" | "into" | "item" | "pictures";
export interface Possible {
  verb: string;
  name: Bilingual;
  to: string;
  requires: Said[];
  allows: Said[];
}
export type ActBody = Partial<Record<Said, unknown>>;
export interface LifeCycle {
  states: Area[];
  verbs: { id: string; name: Bilingual; transitions: { from: string[]; to: string; roles: Role[]; requires: Said[]; allows: Said[] }[] }[];
}
export type Org = Schemas["OrgView"];
export type Spot = Omit<Schemas["SpotView"], "point"> & { point: [number, number] };
export type SpotPage = Omit<Schemas["SpotPage"], "items"> & { items: Spot[] };
export interface Unit {
  id: string;
  name: Bilingual;
  point: [number, number] | null;
}
export type Item = Schemas["DutyView"];
