"use strict";
const TEXTS = {
  zh: {
    title: "画监视区域", camera: "相机", language: "English", newZone: "画区域", newLine: "画线", fresh: "换一张图",
    save: "保存", waiting: "正在取图并遮挡人脸…", alt: "相机画面，人脸、头部和车牌已遮挡",
    idle: "拖动圆点可改形状；选中圆点后可用方向键移动，Delete 删除该点。",
    drawZone: "依次点击各角；回车、双击或点第一个点结束，Esc 放弃。", drawLine: "点击两个端点；Esc 放弃。",
    remove: "删除", name: "名称", saved: "已保存，已通过检查。", unsaved: "有未保存的修改。", rules: "将执行的规则：",
    none: "无", file: "文件：", lost: "与本机服务的连接已断开。", point: "点", zone: "区域", line: "线",
  },
  en: {
    title: "Draw zones", camera: "Camera", language: "中文", newZone: "Draw a zone", newLine: "Draw a line", fresh: "New picture",
    save: "Save", waiting: "Taking a picture and covering faces…", alt: "The camera's picture; faces, heads and plates are covered",
    idle: "Drag a dot to change a shape. A focused dot moves with the arrow keys; Delete removes it.",
    drawZone: "Click the corners in order. Enter, a double click or the first dot ends; Esc gives up.", drawLine: "Click the two ends. Esc gives up.",
    remove: "Remove", name: "Name", saved: "Saved; it passes the check.", unsaved: "There are changes that are not saved.", rules: "Rules that apply: ",
    none: "none", file: "File: ", lost: "This machine's service does not answer.", point: "dot", zone: "zone", line: "line",
  },
};
const SVG = "http://www.w3.org/2000/svg";
const at = (id) => document.getElementById(id);
const state = { language: (navigator.language || "zh").startsWith("zh") ? "zh" : "en", box: null, camera: null, shapes: [], draft: null, dirty: false };
const say = (key) => TEXTS[state.language][key];

function camera() { return state.box.cameras.find((each) => each.id === state.camera); }

function load(name) {
  state.camera = name;
  const found = camera();
  state.shapes = [
    ...found.zones.map((each) => ({ kind: "zone", id: each.id, points: each.points.map((p) => [...p]) })),
    ...found.lines.map((each) => ({ kind: "line", id: each.id, points: each.points.map((p) => [...p]) })),
  ];
  state.draft = null;
  state.dirty = false;
}

async function show(fresh) {
  const still = at("still"), waiting = at("waiting"), name = state.camera;
  waiting.hidden = false;
  result("");
  try {
    const answer = await fetch(`/api/cameras/${encodeURIComponent(name)}/still${fresh ? "?fresh=true" : ""}`);
    if (!answer.ok) throw new Error((await answer.json()).problems?.join("\n") ?? answer.statusText);
    const url = URL.createObjectURL(await answer.blob());
    if (name === state.camera) still.src = url;
    still.onload = () => URL.revokeObjectURL(url);
  } catch (error) { still.removeAttribute("src"); result(error.message, true); }
  waiting.hidden = true;
}

function result(text, bad) { at("result").textContent = text; at("result").className = bad ? "bad" : ""; }

function element(tag, attributes, parent) {
  const made = tag === "polygon" || tag === "polyline" ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

function place(node, [x, y]) { node.style.left = `${x * 100}%`; node.style.top = `${y * 100}%`; }

function draw() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = `Placewatch: ${say("title")}`;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  at("language").textContent = say("language");
  at("still").alt = say("alt");
  const found = camera();
  at("place").textContent = `${found.place} · ${found.class}`;
  at("rules").textContent = say("rules") + (found.rules || say("none"));
  at("file").textContent = say("file") + state.box.file;
  at("hint").textContent = state.draft ? say(state.draft.kind === "zone" ? "drawZone" : "drawLine") : say("idle");
  at("stage").classList.toggle("drawing", Boolean(state.draft));
  for (const kind of ["zone", "line"]) at(kind).setAttribute("aria-pressed", String(state.draft?.kind === kind));
  if (state.dirty && !at("result").classList.contains("bad")) result(say("unsaved"));
  drawShapes();
  drawList();
}

function drawShapes() {
  at("shapes").replaceChildren();
  at("handles").replaceChildren();
  const all = state.draft ? [...state.shapes, state.draft] : state.shapes;
  for (const shape of all) {
    const open = shape.kind === "line" || shape === state.draft;
    const points = shape.points.map((p) => p.join(",")).join(" ");
    element(open ? "polyline" : "polygon", { points, class: `of-${shape.kind}` }, at("shapes"));
    if (shape.id) {
      const middle = [0, 1].map((axis) => shape.points.reduce((sum, p) => sum + p[axis], 0) / shape.points.length);
      const name = element("span", { class: "name" }, at("handles"));
      name.textContent = shape.id;
      place(name, middle);
    }
    shape.points.forEach((point, index) => handle(shape, point, index));
  }
}

function handle(shape, point, index) {
  const label = `${shape.id || say(shape.kind)} ${say("point")} ${index + 1}`;
  const dot = element("button", { type: "button", class: `handle of-${shape.kind}`, "aria-label": label }, at("handles"));
  place(dot, point);
  dot.addEventListener("pointerdown", (event) => {
    if (state.draft) { if (shape === state.draft && index === 0) finish(); event.stopPropagation(); return; }
    dot.setPointerCapture(event.pointerId);
    dot.onpointermove = (move) => { shape.points[index] = where(move); state.dirty = true; refresh(shape, index, dot); };
    dot.onpointerup = () => { dot.onpointermove = null; draw(); };
    event.stopPropagation();
  });
  dot.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.02 : 0.004;
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (move) shape.points[index] = shape.points[index].map((value, axis) => clamp(value + move[axis]));
    else if (event.key === "Delete" && shape.kind === "zone" && shape.points.length > 3) shape.points.splice(index, 1);
    else return;
    event.preventDefault();
    state.dirty = true;
    const number = [...at("handles").querySelectorAll(".handle")].indexOf(dot);
    draw();
    at("handles").querySelectorAll(".handle")[number]?.focus();
  });
}

function refresh(shape, index, dot) {
  place(dot, shape.points[index]);
  const node = at("shapes").children[state.shapes.indexOf(shape)];
  node.setAttribute("points", shape.points.map((p) => p.join(",")).join(" "));
}

function drawList() {
  const list = at("list");
  list.replaceChildren();
  for (const shape of state.shapes) {
    const item = element("li", {}, list);
    element("span", { class: `swatch of-${shape.kind}` }, item);
    const name = element("input", { value: shape.id, "aria-label": `${say("name")}: ${say(shape.kind)}`, maxlength: "64" }, item);
    name.addEventListener("change", () => { shape.id = name.value.trim(); state.dirty = true; draw(); });
    const remove = element("button", { type: "button", "aria-label": `${say("remove")} ${shape.id}` }, item);
    remove.textContent = say("remove");
    remove.addEventListener("click", () => { state.shapes = state.shapes.filter((each) => each !== shape); state.dirty = true; draw(); });
  }
}

const clamp = (value) => Math.min(1, Math.max(0, Math.round(value * 1000) / 1000));

function where(event) {
  const frame = at("stage").getBoundingClientRect();
  return [clamp((event.clientX - frame.left) / frame.width), clamp((event.clientY - frame.top) / frame.height)];
}

function begin(kind) {
  state.draft = state.draft?.kind === kind ? null : { kind, id: "", points: [] };
  draw();
}

function finish() {
  const draft = state.draft;
  if (!draft || draft.points.length < (draft.kind === "zone" ? 3 : 2)) return;
  let number = 1;
  while (state.shapes.some((each) => each.id === `${draft.kind}-${number}`)) number += 1;
  state.shapes.push({ ...draft, id: `${draft.kind}-${number}` });
  state.draft = null;
  state.dirty = true;
  draw();
  const names = at("list").querySelectorAll("input");
  names[names.length - 1].select();
}

at("stage").addEventListener("pointerdown", (event) => {
  if (!state.draft || event.button) return;
  const point = where(event), last = state.draft.points.at(-1);
  if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < 0.005) return;
  state.draft.points.push(point);
  if (state.draft.kind === "line" && state.draft.points.length === 2) finish();
  else draw();
});
at("stage").addEventListener("dblclick", finish);
document.addEventListener("keydown", (event) => {
  if (!state.draft) return;
  if (event.key === "Enter") { event.preventDefault(); finish(); }
  if (event.key === "Escape") { state.draft = null; draw(); }
});
at("zone").addEventListener("click", () => begin("zone"));
at("line").addEventListener("click", () => begin("line"));
at("fresh").addEventListener("click", () => show(true));
at("language").addEventListener("click", () => { state.language = state.language === "zh" ? "en" : "zh"; result(""); draw(); });
at("camera").addEventListener("change", (event) => { load(event.target.value); draw(); show(false); });
at("save").addEventListener("click", async () => {
  const shapes = (kind) => state.shapes.filter((each) => each.kind === kind).map(({ id, points }) => ({ id, points }));
  try {
    const answer = await fetch(`/api/cameras/${encodeURIComponent(state.camera)}/shapes`, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "X-Token": state.box.token },
      body: JSON.stringify({ zones: shapes("zone"), lines: shapes("line") }),
    });
    const body = await answer.json();
    if (!answer.ok) { result(body.problems?.join("\n") ?? JSON.stringify(body.detail), true); return; }
    state.box.cameras = body.cameras;
    load(state.camera);
    draw();
    result(say("saved"));
  } catch { result(say("lost"), true); }
});
addEventListener("beforeunload", (event) => { if (state.dirty) event.preventDefault(); });

(async () => {
  state.box = await (await fetch("/api/box")).json();
  for (const each of state.box.cameras) element("option", { value: each.id }, at("camera")).textContent = each.id;
  const asked = decodeURIComponent(location.hash.slice(1));
  load(state.box.cameras.some((each) => each.id === asked) ? asked : state.box.cameras[0].id);
  at("camera").value = state.camera;
  draw();
  await show(false);
})();
