// No string is untranslated: same keys in both languages, every key that is used exists and every key is used,
// and no template holds a word of its own.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type ElementNode, NodeTypes, type TemplateChildNode } from "@vue/compiler-core";
import { parse } from "@vue/compiler-sfc";
import { describe, expect, it } from "vitest";

import en from "@/i18n/en";
import zh from "@/i18n/zh";

const SOURCE = join(import.meta.dirname, "..", "src");
const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(vue|ts)$/.test(name) && !/i18n\/(zh|en)|schema/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), "utf8") }));

type Tree = { [key: string]: string | Tree };

function keys(tree: Tree, path = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) => (typeof value === "string" ? [path + key] : keys(value, `${path}${key}.`)));
}

function at(tree: Tree, key: string): string {
  return String(key.split(".").reduce<unknown>((node, part) => (node as Tree | undefined)?.[part], tree));
}

const known = keys(zh);
const CHINESE = /\p{Script=Han}/u;
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("words", () => {
  it("have the same keys in both languages", () => expect(keys(en)).toEqual(known));
  it.each(known.filter((key) => !["app.language"].includes(key)))("%s is in its language with the same holes", (key) => {
    expect(at(zh, key).trim()).not.toBe("");
    expect(at(en, key).trim()).not.toBe("");
    expect(at(en, key)).not.toMatch(CHINESE);
    expect(holes(at(zh, key))).toEqual(holes(at(en, key)));
  });
  it("that are used exist", () => {
    const used = files.flatMap(({ name, text }) => [...text.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((match) => [name, match[1]!] as const));
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter(([, key]) => !known.includes(key))).toEqual([]);
  });
  it("that exist are used", () => {
    const all = files.map((file) => file.text).join("\n");
    const groups = [...all.matchAll(/`(\w+)\.([\w]*)\$\{/g)].map((match) => `${match[1]}.${match[2]}`);
    const unused = known.filter((key) => !all.includes(`"${key}"`) && !all.includes(`'${key}'`) && !groups.some((group) => key.startsWith(group)));
    expect(unused).toEqual([]);
  });
});

const SAID = new Set(["title", "placeholder", "aria-label", "label", "alt"]);

function bare(node: TemplateChildNode): string[] {
  if (node.type === NodeTypes.TEXT) {
    return /[\p{L}]/u.test(node.content) ? [node.content.trim()] : [];
  }
  if (node.type !== NodeTypes.ELEMENT) {
    return [];
  }
  const element = node as ElementNode;
  const attributes = element.props.flatMap((prop) =>
    prop.type === NodeTypes.ATTRIBUTE && SAID.has(prop.name) && /\p{L}/u.test(prop.value?.content ?? "") ? [`${prop.name}=${prop.value?.content}`] : [],
  );
  return [...attributes, ...element.children.flatMap(bare)];
}

describe("templates", () => {
  it.each(files.filter((file) => file.name.endsWith(".vue")).map((file) => [file.name, file.text]))("%s says nothing untranslated", (_name, text) => {
    const { descriptor } = parse(text);
    expect((descriptor.template?.ast?.children ?? []).flatMap(bare)).toEqual([]);
    // The signs of the classes stand in map/features.ts, in both languages.
    const script = (descriptor.scriptSetup?.content ?? "").replace(/\/\/.*$/gm, "");
    expect(script).not.toMatch(CHINESE);
  });
});
