// The API's types under the names that the console uses.

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Bilingual = Schemas["Bilingual"];
export type Area = Schemas["AreaView"];
export type Me = Schemas["Me"];
export type SignInWays = Schemas["SignInView"];
export type Role = Schemas["Role"];
export type BoxConfig = Schemas["BoxConfigView"];
export type Box = Schemas["BoxView"];
export type Camera = Schemas["CameraView"];
export type Picture = Schemas["PictureView"];
export type Evidence = Schemas["EvidenceView"];
export type Entry = Schemas["EntryView"];
export type ColourId = Schemas["Colour"];

type Loose<T> = Omit<T, "place"> & { place: Omit<Schemas["PlaceView"], "point"> & { point: [number, number] | null } };
export type EventView = Loose<Schemas["EventView"]>;
export type EventDetail = Loose<Schemas["EventDetail"]>;
export type EventPage = Omit<Schemas["EventPage"], "items"> & { items: EventView[] };
export type StreamPayload = Omit<Schemas["StreamPayload"], "event"> & { event: EventView };
export type Deadline = Schemas["DeadlineView"];

export type Said = Schemas["Said"];
export type Verb = Schemas["Act"];
export type ActBody = Partial<Schemas["ActBody"]>;
export type LifeCycle = Schemas["LifeCycleView"];

/** An act that somebody may try. */
export interface Possible {
  verb: Verb;
  name: Bilingual;
  to: string;
  requires: readonly Said[];
  allows: readonly Said[];
}
export type Org = Schemas["OrgView"];
export type Spot = Omit<Schemas["SpotView"], "point"> & { point: [number, number] };
export type SpotPage = Omit<Schemas["SpotPage"], "items"> & { items: Spot[] };
export type Unit = Omit<Schemas["UnitView"], "point"> & { point: [number, number] | null };
export type Item = Schemas["DutyView"];

export type Task = Omit<Schemas["TaskWithEvent"], "event"> & { event: EventView };
export type User = Schemas["UserView"];
export type AuditLine = Schemas["AuditView"];
export type Handover = Schemas["HandoverView"];

export type Sums = Schemas["SumsView"];
export type FigureRow = Schemas["FigureRow"];
export type Figures = Schemas["Figures"];
export type Heat = Schemas["HeatView"];
export type HeatCell = Schemas["HeatCell"];
export type AlarmLoad = Schemas["AlarmLoadView"];
export type DeskLoads = Schemas["DeskLoads"];

export type Advisory = Schemas["AdvisoryView"];
export type AdvisoryState = Advisory["state"]["id"];
export type AdvisoryTemplate = Schemas["TemplateView"];
export type Token = Schemas["TokenView"];
export type Channel = Schemas["ChannelView"];
export type TableVersion = Schemas["TableVersionView"];
export type TableDiff = Schemas["TableDiff"];
export type SignedIn = Schemas["SessionView"];
export type Roster = Schemas["RosterView"];
export type UnitRoster = Schemas["UnitRoster"];
export type Spell = Schemas["SpellView"];
export type Shift = Schemas["ShiftView"];
