// The anomalies of transactions, each a cycle of dependencies drawn as a graph.

const EDGE_WORDS = {
  ww: "was overwritten by", wr: "was read by", rw: "did not see what was written by",
  realtime: "returned before the call of", session: "came before, in the same process,",
};

function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, content] of Object.entries(attributes)) made.setAttribute(name, content);
  made.append(...children);
  return made;
}

class cycles_panel {
  // `on` has select(bar) and cycle(cycle).
  constructor(section, diagram, on) {
    Object.assign(this, {section, diagram, on});
    this.list = section.querySelector("#cycle-list");
    this.box = section.querySelector("#cycle");
    if (diagram.cycles.length === 0) return;
    section.hidden = false;
    this.list.hidden = diagram.cycles.length === 1;
    this.list.append(...diagram.cycles.map((c, i) =>
      element("button", {role: "option", "aria-selected": "false", onclick: () => this.show(i)}, c.name)));
  }

  show(index) {
    const c = this.diagram.cycles[index];
    [...this.list.children].forEach((b, i) => b.setAttribute("aria-selected", String(i === index)));
    this.box.replaceChildren(element("p", {class: "headline"}, c.name + (c.plain ? ` (${c.plain})` : "")));
    if (c.detail) this.box.append(element("p", {class: "note"}, c.detail));
    this.box.append(this.graph(c), this.sentences(c));
    this.on.cycle(c);
  }

  name_of(index) { return "T" + (index + 1); }

  sentences(c) {
    const link = (i) => element("button", {class: "op", onclick: () => this.on.select(this.diagram.bars[i])}, this.name_of(i));
    const list = element("ul", {class: "edges"});
    for (const e of c.edges) {
      const on = e.label.slice(e.kind.length).trim();
      list.append(element("li", {}, link(e.from), ` ${EDGE_WORDS[e.kind] || e.kind} `, link(e.to), on ? ` (key ${on})` : "",
        element("span", {class: "txn"}, `${this.name_of(e.from)}: ${this.diagram.bars[e.from].label}`)));
    }
    return list;
  }

  graph(c) {
    const nodes = [...new Set(c.edges.flatMap((e) => [e.from, e.to]))];
    const box = {w: 336, h: nodes.length < 3 ? 150 : 250};
    const radius = {x: nodes.length === 2 ? 104 : 112, y: nodes.length < 3 ? 0 : box.h / 2 - 34};
    const at = new Map(nodes.map((n, i) => {
      const angle = (nodes.length === 2 ? Math.PI : -Math.PI / 2) + i / nodes.length * 2 * Math.PI;
      return [n, {x: box.w / 2 + Math.cos(angle) * radius.x, y: box.h / 2 + Math.sin(angle) * radius.y}];
    }));
    const heights = [...at.values()].map((p) => p.y);
    const [top, bottom] = [Math.min(...heights) - (nodes.length < 3 ? 75 : 34), Math.max(...heights) + (nodes.length === 2 ? 75 : 44)];
    const drawing = svg("svg", {class: "graph", viewBox: `0 ${top} ${box.w} ${bottom - top}`, role: "group", "aria-label": `Cycle ${c.name}`});
    drawing.append(svg("defs", {}, ...["ww", "wr", "rw", "time"].map((kind) =>
      svg("marker", {id: "tip-" + kind, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto"},
        svg("path", {d: "M0 0.8 L10 5 L0 9.2 z", class: "tip-" + kind})))));
    for (const e of c.edges) drawing.append(...this.edge(e, at, box));
    for (const n of nodes) drawing.append(this.node(n, at.get(n)));
    return drawing;
  }

  // Where the line from `towards` meets the box of a node.
  border(centre, towards) {
    const [dx, dy] = [towards.x - centre.x, towards.y - centre.y];
    const reach = Math.min(46 / Math.abs(dx || 1e-6), 25 / Math.abs(dy || 1e-6));
    return {x: centre.x + dx * reach, y: centre.y + dy * reach};
  }

  edge(e, at, box) {
    const [a, b] = [at.get(e.from), at.get(e.to)];
    const kind = e.kind.length === 2 ? e.kind : "time";
    if (e.from === e.to) {
      const d = `M${a.x - 22} ${a.y - 24} C ${a.x - 40} ${a.y - 76}, ${a.x + 40} ${a.y - 76}, ${a.x + 22} ${a.y - 25}`;
      return [svg("path", {d, class: "edge " + kind, "marker-end": `url(#tip-${kind})`}),
        ...this.label(e.label, a.x, a.y - 63, kind)];
    }
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const bow = at.size === 2 ? 62 : 26;
    // Outwards: nodes go clockwise, and so do most edges.
    const bend = {x: (a.x + b.x) / 2 + (b.y - a.y) / length * bow, y: (a.y + b.y) / 2 - (b.x - a.x) / length * bow};
    const [from, to] = [this.border(a, bend), this.border(b, bend)];
    const middle = {x: (from.x + 2 * bend.x + to.x) / 4, y: (from.y + 2 * bend.y + to.y) / 4};
    return [svg("path", {d: `M${from.x} ${from.y} Q ${bend.x} ${bend.y}, ${to.x} ${to.y}`, class: "edge " + kind, "marker-end": `url(#tip-${kind})`}),
      ...this.label(e.label, clamp(middle.x, 34, box.w - 34), middle.y, kind)];
  }

  label(text, x, y, kind) {
    const half = text.length * 3.7 + 4;
    return [svg("rect", {x: x - half, y: y - 9, width: 2 * half, height: 18, class: "ground"}), svg("text", {x, y, class: "kind " + kind}, text)];
  }

  node(index, {x, y}) {
    const b = this.diagram.bars[index];
    const choose = () => this.on.select(b);
    const made = svg("g", {class: "node", tabindex: 0, role: "button", "aria-label": `${this.name_of(index)}: ${b.label}`, "data-bar": index},
      svg("title", {}, b.label), svg("rect", {x: x - 44, y: y - 23, width: 88, height: 46, rx: 9}),
      svg("text", {x, y: y - 2, class: "who"}, this.name_of(index)),
      svg("text", {x, y: y + 14, class: "where"}, this.diagram.lanes[b.lane]));
    made.addEventListener("click", choose);
    made.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" && e.key !== " ") return;
      e.preventDefault();
      e.stopPropagation();
      choose();
    });
    return made;
  }

  mark(b) {
    for (const n of this.box.querySelectorAll(".node")) n.setAttribute("aria-pressed", String(b !== null && Number(n.dataset.bar) === b.index));
  }
}
