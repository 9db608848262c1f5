import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { type Source, Stream } from "@/api/stream";

class Fake implements Source {
  static all: Fake[] = [];
  readyState = 1;
  onerror: ((event: Event) => void) | null = null;
  closed = false;
  private listeners = new Map<string, (message: MessageEvent<string>) => void>();
  constructor(readonly address: string) {
    Fake.all.push(this);
  }
  addEventListener(kind: string, listener: (message: MessageEvent<string>) => void): void {
    this.listeners.set(kind, listener);
  }
  close(): void {
    this.closed = true;
  }
  say(kind: string, data: unknown, lastEventId = ""): void {
    this.listeners.get(kind)?.(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId }));
  }
}

const heard = { change: vi.fn(), tick: vi.fn(), reset: vi.fn(), state: vi.fn() };

beforeEach(() => {
  vi.useFakeTimers();
  Fake.all = [];
  Object.values(heard).forEach((one) => one.mockClear());
});
afterEach(() => vi.useRealTimers());

it("goes on from the last change it has, later and later", () => {
  const stream = new Stream(heard, (address) => new Fake(address));
  stream.follow(7);
  expect(Fake.all[0]?.address).toBe("/api/v1/stream?after=7");
  Fake.all[0]?.say("event", { verbs: [], event: { id: 1 } }, "9");
  expect(heard.change).toHaveBeenCalledOnce();
  Fake.all[0]?.onerror?.(new Event("error"));
  expect(heard.state).toHaveBeenLastCalledWith("broken", expect.any(Number));
  vi.advanceTimersByTime(1_000);
  expect(Fake.all[1]?.address).toBe("/api/v1/stream?after=9");
  Fake.all[1]?.onerror?.(new Event("error"));
  vi.advanceTimersByTime(1_999);
  expect(Fake.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(Fake.all).toHaveLength(3);
  stream.stop();
});

it("notices silence, and an error of an old connection changes nothing", () => {
  const stream = new Stream(heard, (address) => new Fake(address));
  stream.follow(0);
  const first = Fake.all[0]!;
  first.say("tick", { now: "2026-11-24T04:00:00Z" });
  expect(heard.tick).toHaveBeenCalledWith(Date.parse("2026-11-24T04:00:00Z"));
  vi.advanceTimersByTime(13_000);
  expect(heard.state).toHaveBeenLastCalledWith("broken", expect.any(Number));
  expect(first.closed).toBe(true);
  vi.advanceTimersByTime(1_000);
  const count = Fake.all.length;
  first.onerror?.(new Event("error"));
  vi.advanceTimersByTime(500);
  expect(Fake.all).toHaveLength(count);
  stream.stop();
});
