// The live stream: reconnects by itself, misses nothing, and knows when it has gone quiet.

const QUIET_MS = 12_000;
const RETRY_MS = [1_000, 15_000];

export class Feed {
  /** handlers: change(payload), tick(now), reset(), state("live" | "connecting" | "broken", sinceMs) */
  constructor(handlers) {
    this.handlers = handlers;
    this.last = 0;
    this.heard = Date.now();
    this.retry = RETRY_MS[0];
    this.timer = null;
    this.source = null;
    setInterval(() => this.watch(), 1_000);
  }

  follow(after) {
    this.last = after;
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    const source = new EventSource(`/api/v1/stream?after=${this.last}`);
    this.source = source;
    source.addEventListener("event", (message) => {
      this.alive(message);
      this.handlers.change(JSON.parse(message.data));
    });
    source.addEventListener("tick", (message) => {
      this.alive(message);
      this.handlers.tick(JSON.parse(message.data).now);
    });
    source.addEventListener("reset", (message) => {
      this.alive(message);
      this.handlers.reset();
    });
    source.onerror = () => this.again(source);
  }

  alive(message) {
    if (message.lastEventId) {
      this.last = Math.max(this.last, Number(message.lastEventId));
    }
    this.heard = Date.now();
    this.retry = RETRY_MS[0];
    this.handlers.state("live", this.heard);
  }

  again(source) {
    if (source !== this.source) {
      return;
    }
    source.close();
    this.handlers.state("broken", this.heard);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.retry);
    this.retry = Math.min(this.retry * 2, RETRY_MS[1]);
  }

  watch() {
    if (this.source && Date.now() - this.heard > QUIET_MS) {
      this.handlers.state("broken", this.heard);
      if (this.source.readyState === EventSource.OPEN) {
        this.again(this.source);
      }
    }
  }
}

export async function getJson(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(body.detail ?? `HTTP ${response.status}`);
  }
  return body;
}
