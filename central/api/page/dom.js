// Elements out of plain values. Texts are always text nodes: nothing that a box or a city file says becomes markup.

const SVG = "http://www.w3.org/2000/svg";

const SHAPES = {
  red: "M8 1.6 15.2 14.4H.8z",
  yellow: "M8 .8 15.2 8 8 15.2.8 8z",
  blue: "M8 1.2a6.8 6.8 0 1 1 0 13.6A6.8 6.8 0 0 1 8 1.2z",
};

/** element("p.note", {title: "x"}, "text", child...) */
export function element(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  made.classList.add(...classes);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      made.addEventListener(name, value);
    } else if (value !== undefined && value !== null && value !== false) {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** The shape of a colour, so that nobody has to tell colours apart: red a triangle, yellow a diamond, blue a disc. */
export function shape(colour) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `shape ${colour}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[colour] ?? SHAPES.blue);
  svg.append(path);
  return svg;
}
