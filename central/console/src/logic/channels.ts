// What each kind of channel has to know, as its form asks for it. Pure.

export type ChannelKind = "webhook" | "email" | "mqtt" | "wecom" | "dingtalk";

export interface Asked {
  /** Key of the settings. */
  name: string;
  kind: "text" | "number" | "secret" | "lines" | "choice" | "yes";
  needed?: boolean;
  choices?: readonly string[];
}

export const KINDS: readonly ChannelKind[] = ["webhook", "email", "mqtt", "wecom", "dingtalk"];

const ASKED: Record<ChannelKind, readonly Asked[]> = {
  webhook: [
    { name: "url", kind: "text", needed: true },
    { name: "secret", kind: "secret", needed: true },
  ],
  email: [
    { name: "host", kind: "text", needed: true },
    { name: "port", kind: "number" },
    { name: "security", kind: "choice", choices: ["starttls", "tls", "none"] },
    { name: "username", kind: "text" },
    { name: "password", kind: "secret" },
    { name: "sender", kind: "text", needed: true },
    { name: "recipients", kind: "lines", needed: true },
  ],
  mqtt: [
    { name: "host", kind: "text", needed: true },
    { name: "port", kind: "number" },
    { name: "tls", kind: "yes" },
    { name: "username", kind: "text" },
    { name: "password", kind: "secret" },
    { name: "topic", kind: "text", needed: true },
  ],
  wecom: [{ name: "url", kind: "secret", needed: true }],
  dingtalk: [
    { name: "url", kind: "secret", needed: true },
    { name: "secret", kind: "secret" },
  ],
};

const FIRST: Record<string, string> = { security: "starttls", tls: "" };

export function askedOf(kind: ChannelKind): readonly Asked[] {
  return ASKED[kind];
}

/** What a channel has, as its form shows it: secrets never come back. */
export function shownOf(kind: ChannelKind, settings: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    ASKED[kind].map(({ name, kind: how }) => {
      const value = settings[name];
      const text = how === "lines" && Array.isArray(value) ? value.join("\n") : how === "yes" ? (value ? "yes" : "") : String(value ?? FIRST[name] ?? "");
      return [name, how === "secret" ? "" : text];
    }),
  );
}

/** What is sent: empty fields are left out, and with them secrets that stay as they are. */
export function settingsOf(kind: ChannelKind, typed: Record<string, string>): Record<string, unknown> {
  const said: Record<string, unknown> = { kind };
  for (const { name, kind: how } of ASKED[kind]) {
    const text = (typed[name] ?? "").trim();
    if (how === "yes") {
      said[name] = text === "yes";
    } else if (text) {
      said[name] = how === "number" ? Number(text) : how === "lines" ? text.split(/[\s,;，；]+/).filter(Boolean) : text;
    }
  }
  return said;
}
