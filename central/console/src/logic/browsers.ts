// What a browser calls itself, in two words people know. Pure.

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg(?:A|iOS)?\/(\d+)/, "Edge"],
  [/MicroMessenger\/(\d+)/, "WeChat"],
  [/OPR\/(\d+)/, "Opera"],
  [/(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/(?:Headless)?(?:Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/Version\/(\d+).*Safari/, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/HarmonyOS|OpenHarmony/, "HarmonyOS"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** "Chrome 156 · Linux"; as it was said where nothing is known. */
export function browserOf(agent: string | null): string {
  const text = agent ?? "";
  const browser = BROWSERS.map(([sign, name]) => [sign.exec(text), name] as const).find(([match]) => match);
  const system = SYSTEMS.find(([sign]) => sign.test(text));
  const known = [browser ? `${browser[1]} ${browser[0]![1]}` : "", system?.[1] ?? ""].filter(Boolean);
  return known.length ? known.join(" · ") : text.slice(0, 60);
}
