import { createRouter, createWebHashHistory, type RouteRecordRaw } from "vue-router";

import type { Role } from "@/api/model";
import { useSession } from "@/stores/session";
import Queue from "@/views/QueueView.vue";
import SignIn from "@/views/SignInView.vue";

declare module "vue-router" {
  interface RouteMeta {
    /** Key of its name. */
    name?: string;
    /** Who finds it in the menu. */
    roles?: readonly Role[];
    /** Without the bar and the live events. */
    bare?: boolean;
  }
}

const DESK: readonly Role[] = ["operator", "dispatcher", "supervisor", "admin"];

export const routes: RouteRecordRaw[] = [
  { path: "/", component: SignIn, meta: { bare: true } }, // never shown: the guard leads on from here
  { path: "/sign-in", component: SignIn, meta: { bare: true } },
  { path: "/events/:id(\\d+)?", component: Queue, meta: { name: "queue", roles: DESK } },
  { path: "/map", component: () => import("@/views/MapView.vue"), meta: { name: "map", roles: DESK } },
  { path: "/wall", component: () => import("@/views/WallView.vue"), meta: { name: "wall", roles: ["operator", "dispatcher", "supervisor"] } },
  { path: "/tasks", component: () => import("@/views/TasksView.vue"), meta: { name: "tasks", roles: ["responder"] } },
  { path: "/report", component: () => import("@/views/ReportView.vue"), meta: { name: "report", roles: ["responder", "operator"] } },
  { path: "/figures", component: () => import("@/views/FiguresView.vue"), meta: { name: "figures", roles: ["supervisor"] } },
  { path: "/papers", component: () => import("@/views/PapersView.vue"), meta: { name: "papers", roles: ["supervisor", "auditor"] } },
  { path: "/devices", component: () => import("@/views/DevicesView.vue"), meta: { name: "devices", roles: DESK } },
  { path: "/city", component: () => import("@/views/CityView.vue"), meta: { name: "city", roles: ["admin", "supervisor"] } },
  { path: "/lists", component: () => import("@/views/ListsView.vue"), meta: { name: "lists", roles: DESK } },
  { path: "/roster", component: () => import("@/views/RosterView.vue"), meta: { name: "units", roles: DESK } },
  { path: "/account", component: () => import("@/views/AccountView.vue") },
  { path: "/users", component: () => import("@/views/UsersView.vue"), meta: { name: "users", roles: ["admin"] } },
  { path: "/channels", component: () => import("@/views/ChannelsView.vue"), meta: { name: "channels", roles: ["admin"] } },
  { path: "/audit", component: () => import("@/views/AuditView.vue"), meta: { name: "audit", roles: ["auditor"] } },
  { path: "/:rest(.*)*", redirect: "/" },
];

export const router = createRouter({ history: createWebHashHistory(), routes });

/** Where somebody's day begins. */
export function home(): string {
  const session = useSession();
  return session.is(...DESK) ? "/events" : session.is("responder") ? "/tasks" : session.is("auditor") ? "/audit" : "/events";
}

router.beforeEach(async (to) => {
  const session = useSession();
  if (!session.known && !session.me) {
    await session.load().catch(() => undefined); // the page says that the server is away, and goes on trying
  }
  if (to.path === "/sign-in") {
    return session.me && !session.me.must_change ? back(to.query.to) : true;
  }
  if (session.known && (!session.me || session.me.must_change)) {
    return { path: "/sign-in", query: to.fullPath === "/" ? {} : { to: to.fullPath } };
  }
  return to.path === "/" && session.me ? home() : true;
});

/** The page that somebody wanted before signing in; never an address of another site. */
export function back(wanted: unknown): string {
  return typeof wanted === "string" && /^\/(?!\/)/.test(wanted) ? wanted : home();
}
