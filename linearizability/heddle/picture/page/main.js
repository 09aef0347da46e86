// Puts the page together: selection, search, keys.

const get = (id) => document.getElementById(id);
const diagram = read_diagram(get("diagram").textContent);
const state = {matches: null, at: -1};

const lines = new timeline(get("timeline"), get("overview"), diagram, {
  select: (b) => select(b),
  hover: (b, x, y) => panel.tip(get("tip"), b, x, y),
});
const panel = new details_panel(get("details"), diagram, {select: (b) => select(b, true)});
const graphs = new cycles_panel(get("cycles"), diagram, {
  select: (b) => select(b, true),
  cycle: (c) => show_cycle(c),
});

function select(b, into_view = false) {
  lines.selected = b;
  if (state.matches !== null && b !== null && state.matches.includes(b)) state.at = state.matches.indexOf(b);
  panel.show(b);
  graphs.mark(b);
  if (b !== null && into_view) lines.bring_into_view(b);
  lines.redraw();
}

function show_cycle(c) {
  lines.cycle = c;
  if (lines.selected !== null && !c.edges.some((e) => e.from === lines.selected.index)) select(null);
  const bars = c.edges.flatMap((e) => [diagram.bars[e.from], diagram.bars[e.to]]);
  const from = Math.min(...bars.map((b) => b.begin));
  const to = Math.max(...bars.map((b) => (b.end === null ? b.begin + 4 : b.end)));
  const margin = Math.max(2, (to - from) * 0.15);
  lines.show_range(from - margin, to + margin, 60);
  lines.bring_into_view(bars[0]);
}

function show_worst() {
  const b = diagram.worst;
  if (b === null) return;
  focus_on(b);
}

function focus_on(b) {
  lines.cycle = null;
  const reach = Math.max(7, Math.min(24, b.until - b.begin));
  lines.show_range(b.begin - reach, Math.min(b.until, b.begin + 60) + reach, 64);
  select(b, true);
}

// --- Search

function search(query) {
  state.matches = find_bars(diagram, query);
  state.at = -1;
  lines.matches = state.matches === null ? null : new Set(state.matches);
  if (state.matches !== null) lines.cycle = null;
  report_matches();
  lines.redraw();
}

function report_matches() {
  const {matches, at} = state;
  get("matches").value = matches === null ? "" : matches.length === 0 ? "none" : at < 0 ? `${matches.length} found` : `${at + 1} of ${matches.length}`;
}

// To the next match, or, without a search, along the order (or else along time).
function step(by) {
  if (state.matches !== null) {
    if (state.matches.length === 0) return;
    const count = state.matches.length;
    state.at = state.at < 0 ? nearest_match(by) : (state.at + by + count) % count;
    select(state.matches[state.at], true);
    report_matches();
    return;
  }
  const {order} = diagram;
  if (order.length === 0) return select_beside(by);
  const now = lines.selected;
  const next = now === null ? (by > 0 ? 0 : order.length - 1) : now.order > 0 ? now.order - 1 + by : order.findIndex((b) => b.point > now.begin);
  if (order[next]) select(order[next], true);
}

function nearest_match(by) {
  const from = lines.selected === null ? lines.left : lines.selected.begin;
  const after = state.matches.findIndex((b) => b.begin >= from);
  if (after < 0) return by > 0 ? 0 : state.matches.length - 1;
  return by > 0 ? after : Math.max(0, after - 1);
}

// --- Keys

function first_visible() {
  const visible = diagram.rows.flatMap((row) => row.slice(first_at(row, lines.left), first_at(row, lines.left) + 1));
  return visible.sort((a, b) => a.begin - b.begin)[0] || diagram.bars[0] || null;
}

function select_beside(by) {
  const now = lines.selected;
  if (now === null) return select(first_visible(), true);
  const next = diagram.rows[now.lane][now.rank + by];
  if (next) select(next, true);
}

function select_above(by) {
  const now = lines.selected;
  if (now === null) return select(first_visible(), true);
  for (let lane = now.lane + by; lane >= 0 && lane < diagram.rows.length; lane += by) {
    const row = diagram.rows[lane];
    if (row.length === 0) continue;
    const at = Math.min(first_at(row, now.begin), row.length - 1);
    return select(row[at], true);
  }
}

function leave() {
  const box = get("search");
  if (box.value !== "") {
    box.value = "";
    search("");
    get("timeline").focus();
  } else if (document.activeElement === box) {
    get("timeline").focus();
  } else if (lines.cycle !== null) {
    lines.cycle = null;
    lines.redraw();
  } else {
    select(null);
  }
}

const KEYS = {
  "+": () => lines.zoom(1.4), "=": () => lines.zoom(1.4), "-": () => lines.zoom(1 / 1.4), "_": () => lines.zoom(1 / 1.4),
  "0": () => lines.fit(), "n": () => step(1), "p": () => step(-1), "c": () => show_worst(),
  "/": () => { get("search").focus(); get("search").select(); },
  "?": () => get("help").showModal(),
};
const ARROWS = {
  ArrowLeft: [() => select_beside(-1), [80, 0]], ArrowRight: [() => select_beside(1), [-80, 0]],
  ArrowUp: [() => select_above(-1), [0, 60]], ArrowDown: [() => select_above(1), [0, -60]],
};

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || get("help").open) return;
  if (e.key === "Escape") {
    e.preventDefault();
    return leave();
  }
  const typing = e.target === get("search");
  if (typing) {
    if (e.key === "Enter") step(e.shiftKey ? -1 : 1);
    return;
  }
  if (KEYS[e.key]) {
    e.preventDefault();
    return KEYS[e.key]();
  }
  const on_canvas = e.target === get("timeline") || e.target === document.body;
  if (!on_canvas) return;
  if (ARROWS[e.key]) {
    e.preventDefault();
    const [choose, by] = ARROWS[e.key];
    if (e.shiftKey) lines.pan(...by);
    else choose();
  } else if (e.key === "Enter" && lines.selected !== null) {
    focus_on(lines.selected);
  }
});

// --- The frame

function legend() {
  const has = (test) => diagram.bars.some(test);
  const items = [
    ["ok", "ok", has((b) => b.outcome === "ok")],
    ["fail", "failed, had no effect", has((b) => b.outcome === "fail")],
    ["info", "outcome unknown", has((b) => b.outcome === "info")],
    ["culprit", "has no place in any order", diagram.culprit !== null],
    ["involved", "involved in the violation", has((b) => b.standing === "involved")],
    ["point", "takes effect, numbered in the order", diagram.order.length > 0],
    ["prefix", "longest prefix that has an order", diagram.stops !== null && diagram.order.length > 0],
  ];
  for (const [kind, words, present] of items) {
    if (present) get("legend").append(element("li", {}, element("span", {class: "swatch " + kind}), words));
  }
}

function begin() {
  get("verdict").classList.add(diagram.verdict);
  get("facts").append(...diagram.facts.map((fact) => element("span", {}, fact)));
  get("culprit").hidden = diagram.worst === null;
  if (diagram.culprit === null && diagram.worst !== null) get("culprit").textContent = "Violation";
  legend();
  panel.why(get("why-text"));
  panel.show(null);
  get("search").addEventListener("input", (e) => search(e.target.value));
  for (const [id, act] of Object.entries({
    previous: () => step(-1), next: () => step(1), "zoom-in": KEYS["+"], "zoom-out": KEYS["-"], fit: KEYS["0"],
    culprit: show_worst, "help-open": KEYS["?"],
  })) get(id).addEventListener("click", act);
  lines.fit();
  if (diagram.cycles.length > 0) graphs.show(0);
  else if (diagram.worst !== null) {
    select(diagram.worst, true);
    if (lines.scale < 14) show_worst();
  } else if (lines.scale < 3) {
    lines.show_range(-0.5, lines.plot_width / 16, 16);
  }
}

begin();

// For scripts and tests: what a pointer or a key would do, and where a bar is drawn.
window.heddle = {
  diagram,
  select: (index) => select(diagram.bars[index], true),
  selected: () => (lines.selected === null ? null : lines.selected.index),
  rect: (index) => lines.rect_of(diagram.bars[index]),
  view: () => ({left: lines.left, scale: lines.scale, top: lines.top}),
  frames: () => lines.frames,
};
