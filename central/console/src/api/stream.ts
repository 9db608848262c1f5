// The live stream: reconnects by itself from the last change it has, and knows when it has gone quiet.

import type { StreamPayload } from "./model";

export type Link = "connecting" | "live" | "broken";

export interface Handlers {
  change(payload: StreamPayload): void;
  /** The server's clock, milliseconds. */
  tick(now: number): void;
  /** More was missed than is kept: load anew. */
  reset(): void;
  /** `since`: when the server was last heard, by this browser's clock. */
  state(link: Link, since: number): void;
}

export interface Source {
  addEventListener(kind: string, listener: (message: MessageEvent<string>) => void): void;
  close(): void;
  readonly readyState: number;
  onerror: ((event: Event) => void) | null;
}

const QUIET_MS = 12_000;
const RETRY_MS = [1_000, 15_000] as const;
const OPEN = 1;

export class Stream {
  private last = 0;
  private heard: number;
  private retry: number = RETRY_MS[0];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watcher: ReturnType<typeof setInterval> | undefined;
  private source: Source | null = null;

  constructor(
    private readonly handlers: Handlers,
    private readonly open: (address: string) => Source = (address) => new EventSource(address),
    private readonly now: () => number = Date.now,
  ) {
    this.heard = now();
  }

  /** Follow what came after change number `after`. */
  follow(after: number): void {
    this.last = after;
    this.connect();
    this.watcher ??= setInterval(() => this.watch(), 1_000);
  }

  stop(): void {
    clearTimeout(this.timer);
    clearInterval(this.watcher);
    this.watcher = undefined;
    this.source?.close();
    this.source = null;
  }

  /** Number of the last change that arrived. */
  get position(): number {
    return this.last;
  }

  private connect(): void {
    clearTimeout(this.timer);
    this.source?.close();
    const source = this.open(`/api/v1/stream?after=${this.last}`);
    this.source = source;
    source.addEventListener("event", (message) => {
      this.alive(message);
      this.handlers.change(JSON.parse(message.data) as StreamPayload);
    });
    source.addEventListener("tick", (message) => {
      this.alive(message);
      this.handlers.tick(Date.parse((JSON.parse(message.data) as { now: string }).now));
    });
    source.addEventListener("reset", (message) => {
      this.alive(message);
      this.handlers.reset();
    });
    source.onerror = () => this.again(source);
  }

  private alive(message: MessageEvent<string>): void {
    if (message.lastEventId) {
      this.last = Math.max(this.last, Number(message.lastEventId));
    }
    this.heard = this.now();
    this.retry = RETRY_MS[0];
    this.handlers.state("live", this.heard);
  }

  private again(source: Source): void {
    if (source !== this.source) {
      return;
    }
    source.close();
    this.handlers.state("broken", this.heard);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), this.retry);
    this.retry = Math.min(this.retry * 2, RETRY_MS[1]);
  }

  private watch(): void {
    if (this.source && this.now() - this.heard > QUIET_MS) {
      this.handlers.state("broken", this.heard);
      if (this.source.readyState === OPEN) {
        this.again(this.source);
      }
    }
  }
}
