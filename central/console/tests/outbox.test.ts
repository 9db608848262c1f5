import { expect, it } from "vitest";

import { flush, type Keeper, later, type Waiting } from "@/logic/outbox";

class Fails extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

function memory(...waiting: Waiting[]): Keeper & { kept: Map<string, Waiting> } {
  const kept = new Map(waiting.map((one) => [one.key, one]));
  return {
    kept,
    all: async () => [...kept.values()],
    put: async (one) => void kept.set(one.key, { ...one }),
    remove: async (key) => void kept.delete(key),
  };
}

const one = (key: string, made: number, pictures: Blob[] = []): Waiting => ({ key, made, pictures, label: { zh: key, en: key }, path: `/${key}`, body: {}, who: "wang" });

it("sends in order, each once, and empties itself", async () => {
  const keeper = memory(one("b", 2), one("a", 1));
  const sent: string[] = [];
  const door = { upload: async () => "p", post: async (path: string) => void sent.push(path) };
  expect(await flush(keeper, door, "wang")).toBe(2);
  expect(sent).toEqual(["/a", "/b"]);
  expect(await flush(keeper, door, "wang")).toBe(0);
});

it("stops at what must wait and keeps it", async () => {
  const keeper = memory(one("a", 1), one("b", 2));
  const door = { upload: async () => "p", post: async () => Promise.reject(new Fails(0)) };
  expect(await flush(keeper, door, "wang")).toBe(0);
  expect([...keeper.kept.keys()]).toEqual(["a", "b"]);
  expect(keeper.kept.get("a")?.refused).toBeUndefined();
});

it("marks what the server refuses and goes on", async () => {
  const keeper = memory(one("a", 1), one("b", 2));
  const door = { upload: async () => "p", post: async (path: string) => (path === "/a" ? Promise.reject(new Fails(409)) : undefined) };
  expect(await flush(keeper, door, "wang")).toBe(1);
  expect(keeper.kept.get("a")?.refused).toBe("status 409");
  expect(await flush(keeper, door, "wang")).toBe(0);
});

it("uploads each picture once, even if the post fails afterwards", async () => {
  const keeper = memory(one("a", 1, [new Blob(["1"]), new Blob(["2"])]));
  let uploads = 0;
  let answers = 0;
  const bodies: unknown[] = [];
  const door = {
    upload: async () => `p${(uploads += 1)}`,
    post: async (_path: string, body: unknown) => {
      bodies.push(body);
      answers += 1;
      if (answers === 1) {
        throw new Fails(503);
      }
    },
  };
  expect(await flush(keeper, door, "wang")).toBe(0);
  expect(await flush(keeper, door, "wang")).toBe(1);
  expect(uploads).toBe(2);
  expect(bodies).toEqual([{ pictures: ["p1", "p2"] }, { pictures: ["p1", "p2"] }]);
});

it.each([[0, true], [401, true], [429, true], [503, true], [409, false], [412, false], [422, false], [403, false]])("%d later: %s", (status, yes) => {
  expect(later(status)).toBe(yes);
});

it("sends nothing under another account", async () => {
  const keeper = memory(one("a", 1));
  const door = { upload: async () => "p", post: async () => Promise.reject(new Fails(500)) };
  expect(await flush(keeper, door, "li")).toBe(0);
  expect([...keeper.kept.keys()]).toEqual(["a"]);
});
