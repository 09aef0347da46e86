// The timeline: lanes and bars on a canvas, of which only what is visible is drawn.

const RULER = 30;
const STATES = 40;  // height of the strip of states
const GUTTER_MAX = 150;
const SCALE_MAX = 240;
const LABEL_FONT = "12px ";

function clamp(x, low, high) { return Math.max(low, Math.min(high, x)); }

class timeline {
  // `on` has select(bar or null) and hover(bar or null, x, y).
  constructor(canvas, overview, diagram, on) {
    Object.assign(this, {canvas, overview, diagram, on});
    this.pen = canvas.getContext("2d");
    this.small_pen = overview.getContext("2d");
    this.left = 0;     // position at the left edge
    this.scale = 1;    // pixels per position
    this.top = 0;      // pixels scrolled down
    this.selected = null;
    this.hovered = null;
    this.matches = null;  // a set, or null without a search
    this.cycle = null;
    this.widths = new Map();
    this.frames = [];
    const durations = diagram.bars.filter((b) => b.end !== null).map((b) => b.until - b.begin).sort((a, b) => a - b);
    this.typical = durations.length > 0 ? durations[durations.length >> 1] : 1;
    this.read_colours();
    this.listen();
    this.resize();
  }

  // --- Geometry

  get plot_width() { return Math.max(50, this.width - this.gutter); }
  get scale_min() { return Math.min(SCALE_MAX, this.plot_width / (this.diagram.last + 1)); }
  x_of(position) { return this.gutter + (position - this.left) * this.scale; }
  position_of(x) { return this.left + (x - this.gutter) / this.scale; }
  lane_top(lane) { return RULER + lane * this.lane_height - this.top; }

  rect_of(b) {
    const pad = Math.max(2.5, this.lane_height * 0.17, (this.lane_height - 38) / 2);
    const x = this.x_of(b.begin);
    return {x, y: this.lane_top(b.lane) + pad, w: Math.max(1, this.x_of(b.until) - x), h: this.lane_height - 2 * pad};
  }

  bar_at(x, y) {
    const lane = Math.floor((y - RULER + this.top) / this.lane_height);
    if (y < RULER || y > this.bottom || x < this.gutter || lane < 0 || lane >= this.diagram.rows.length) return null;
    const row = this.diagram.rows[lane];
    const reach = 4 / this.scale;
    const position = this.position_of(x);
    const near = row.slice(first_at(row, position - reach), first_at(row, position + reach) + 1)
      .filter((b) => b.begin - reach <= position);
    const distance = (b) => Math.max(0, b.begin - position, position - b.until);
    return near.sort((a, b) => distance(a) - distance(b))[0] || null;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    for (const [canvas, pen] of [[this.canvas, this.pen], [this.overview, this.small_pen]]) {
      const box = canvas.getBoundingClientRect();
      canvas.width = Math.max(1, Math.round(box.width * ratio));
      canvas.height = Math.max(1, Math.round(box.height * ratio));
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    const box = this.canvas.getBoundingClientRect();
    this.width = box.width;
    this.height = box.height;
    this.pen.font = "500 12px " + this.sans;
    const names = this.diagram.lanes.slice(0, 2000).map((name) => this.pen.measureText(name).width);
    this.gutter = Math.min(GUTTER_MAX, Math.max(60, ...names) + 30);
    const lanes = Math.max(1, this.diagram.lanes.length);
    this.lane_height = clamp((this.bottom - RULER - 4) / lanes, 20, 76);
    this.overview_picture = null;
    this.keep_in_bounds();
    this.redraw();
  }

  keep_in_bounds() {
    this.scale = clamp(this.scale, this.scale_min, SCALE_MAX);
    const visible = this.plot_width / this.scale;
    const room = this.diagram.last + 1 - visible;
    this.left = room < 0 ? room / 2 - 0.5 : clamp(this.left, -0.5, room);
    const depth = this.diagram.lanes.length * this.lane_height + RULER + 4 - this.bottom;
    this.top = clamp(this.top, 0, Math.max(0, depth));
  }

  // The lanes end where the strip of states begins.
  get bottom() { return this.height - (this.diagram.order.length > 0 ? STATES : 0); }
  get has_detail() { return this.scale * this.typical >= 9; }

  // --- Moving

  zoom(factor, x = this.gutter + this.plot_width / 2) {
    const fixed = this.position_of(x);
    this.scale = clamp(this.scale * factor, this.scale_min, SCALE_MAX);
    this.left = fixed - (x - this.gutter) / this.scale;
    this.moved();
  }
  pan(dx, dy) {
    this.left -= dx / this.scale;
    this.top -= dy;
    this.moved();
  }
  fit() {
    this.scale = this.scale_min;
    this.left = -0.5;
    this.moved();
  }
  show_range(from, to, scale_max = 40) {
    this.scale = clamp(this.plot_width / Math.max(1, to - from), this.scale_min, scale_max);
    this.left = (from + to) / 2 - this.plot_width / this.scale / 2;
    this.moved();
  }
  // Moves no further than needed.
  bring_into_view(b) {
    const visible = this.plot_width / this.scale;
    const margin = Math.min(visible / 8, 60 / this.scale);
    const end = Math.min(b.until, b.begin + visible / 2);
    if (b.begin < this.left + margin) this.left = b.begin - margin - (b.begin < this.left ? visible / 3 : 0);
    else if (end > this.left + visible - margin) this.left = b.begin - visible / 2;
    const y = b.lane * this.lane_height;
    this.top = clamp(this.top, y + this.lane_height + RULER + 4 - this.bottom, y);
    this.moved();
  }
  moved() {
    this.keep_in_bounds();
    this.redraw();
  }

  listen() {
    const c = this.canvas;
    let drag = null;
    c.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      drag = {x: e.offsetX, y: e.offsetY, far: false};
      c.setPointerCapture(e.pointerId);
    });
    c.addEventListener("pointermove", (e) => {
      if (drag !== null) {
        drag.far ||= Math.hypot(e.offsetX - drag.x, e.offsetY - drag.y) > 4;
        if (!drag.far) return;
        this.pan(e.offsetX - drag.x, e.offsetY - drag.y);
        Object.assign(drag, {x: e.offsetX, y: e.offsetY});
        c.classList.add("dragging");
        this.hover(null);
      } else {
        this.hover(this.bar_at(e.offsetX, e.offsetY), e.offsetX, e.offsetY);
      }
    });
    const end = (e) => {
      if (drag !== null && !drag.far && e.type === "pointerup") this.on.select(this.bar_at(e.offsetX, e.offsetY));
      drag = null;
      c.classList.remove("dragging");
    };
    c.addEventListener("pointerup", end);
    c.addEventListener("pointercancel", end);
    c.addEventListener("pointerleave", () => this.hover(null));
    c.addEventListener("dblclick", (e) => this.zoom(2.5, e.offsetX));
    c.addEventListener("wheel", (e) => {
      e.preventDefault();
      const unit = e.deltaMode === 1 ? 16 : 1;
      if (e.offsetX < this.gutter && !e.ctrlKey) this.pan(0, -e.deltaY * unit);
      else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) this.pan(-(e.deltaX || e.deltaY) * unit, 0);
      else this.zoom(Math.exp(-clamp(e.deltaY * unit, -120, 120) * 0.0022), e.offsetX);
    }, {passive: false});

    const jump = (e) => {
      const position = (e.offsetX - this.gutter) / this.plot_width * (this.diagram.last + 1) - 0.5;
      this.left = position - this.plot_width / this.scale / 2;
      this.moved();
    };
    this.overview.addEventListener("pointerdown", (e) => {
      this.overview.setPointerCapture(e.pointerId);
      jump(e);
    });
    this.overview.addEventListener("pointermove", (e) => { if (e.buttons !== 0) jump(e); });

    new ResizeObserver(() => this.resize()).observe(c.parentElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.read_colours();
      this.overview_picture = null;
      this.redraw();
    });
  }

  hover(b, x = 0, y = 0) {
    if (b !== this.hovered) this.redraw();
    this.hovered = b;
    this.canvas.classList.toggle("over", b !== null);
    this.on.hover(b, x, y);
  }

  // --- Drawing

  read_colours() {
    const style = getComputedStyle(document.documentElement);
    this.colour = new Proxy({}, {get: (known, name) =>
      known[name] ??= style.getPropertyValue("--" + name.replaceAll("_", "-")).trim()});
    this.sans = this.colour.sans;
    this.mono = this.colour.mono;
    this.hatching = null;
  }

  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      const start = performance.now();
      this.draw();
      this.draw_overview();
      this.frames.push(performance.now() - start);
      if (this.frames.length > 600) this.frames.shift();
    });
  }

  draw() {
    const {pen, colour} = this;
    pen.fillStyle = colour.ground;
    pen.fillRect(0, 0, this.width, this.height);
    this.draw_background();
    pen.save();
    pen.beginPath();
    pen.rect(this.gutter, RULER, this.plot_width, this.bottom - RULER);
    pen.clip();
    const lanes = this.diagram.rows.length;
    const first = clamp(Math.floor(this.top / this.lane_height), 0, lanes);
    const last = clamp(Math.ceil((this.top + this.bottom - RULER) / this.lane_height), 0, lanes);
    const special = [];
    for (let lane = first; lane < last; ++lane) this.draw_row(this.diagram.rows[lane], special);
    for (const b of special) this.draw_bar(b);
    this.draw_beyond();
    for (const b of special) if (b === this.diagram.culprit) this.draw_bar(b);
    if (this.cycle !== null) this.draw_cycle();
    else if (this.selected !== null && this.selected.order > 0) this.draw_order();
    pen.restore();
    this.draw_lane_names(first, last);
    this.draw_states();
    this.draw_ruler();
    this.draw_stop();
  }

  draw_background() {
    const {pen, colour} = this;
    const bottom = Math.min(this.bottom, this.lane_top(this.diagram.lanes.length));
    for (let lane = 0; lane < this.diagram.lanes.length; ++lane) {
      const y = this.lane_top(lane);
      if (y + this.lane_height < RULER || y > this.height) continue;
      pen.fillStyle = lane % 2 === 0 ? colour.stripe : colour.ground;
      pen.fillRect(0, y, this.width, this.lane_height);
    }
    if (this.diagram.stops !== null && this.diagram.order.length > 0) {
      const to = this.x_of(this.diagram.stops);
      pen.fillStyle = colour.good_soft;
      pen.fillRect(this.gutter, RULER, Math.max(0, to - this.gutter), bottom - RULER);
    }
    pen.fillStyle = colour.grid;
    for (const position of this.ticks()) pen.fillRect(Math.round(this.x_of(position)), RULER, 1, bottom - RULER);
  }

  draw_beyond() {
    if (this.diagram.stops === null || this.cycle !== null) return;
    const {pen, colour} = this;
    const x = Math.max(this.gutter, this.x_of(this.diagram.stops));
    pen.globalAlpha = 0.62;
    pen.fillStyle = colour.beyond;
    pen.fillRect(x, RULER, this.width - x, Math.min(this.bottom, this.lane_top(this.diagram.lanes.length)) - RULER);
    pen.globalAlpha = 1;
  }

  ticks() {
    const wanted = 90 / this.scale;
    const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1)));
    const step = Math.max(1, [1, 2, 5, 10].map((m) => m * power).find((s) => s >= wanted));
    const ticks = [];
    const last = Math.min(this.diagram.last, this.position_of(this.width));
    for (let p = Math.max(0, Math.ceil(this.left / step) * step); p <= last; p += step) ticks.push(p);
    return ticks;
  }

  // From afar bars are plain, and those that are too narrow to be told apart are drawn as one.
  draw_row(row, special) {
    const {pen, colour} = this;
    const right = this.position_of(this.width);
    let run = null;
    const flush = () => {
      if (run === null) return;
      pen.globalAlpha = run.dim ? 0.22 : 1;
      pen.fillStyle = colour[run.outcome + "_mid"];
      pen.fillRect(run.x, run.y, Math.max(1, run.to - run.x), run.h);
      pen.globalAlpha = 1;
      run = null;
    };
    for (let i = first_at(row, this.left); i < row.length && row[i].begin <= right; ++i) {
      const b = row[i];
      if (b.standing !== "plain" || b === this.selected || b === this.hovered) {
        special.push(b);
        continue;
      }
      const r = this.rect_of(b);
      if (this.has_detail && r.w >= 5) {
        flush();
        this.draw_bar(b, r);
        continue;
      }
      const dim = this.is_dim(b);
      if (run !== null && (r.x > run.to + 0.4 || run.outcome !== b.outcome || run.dim !== dim)) flush();
      if (run === null) run = {x: r.x, y: r.y, h: r.h, to: r.x + r.w, outcome: b.outcome, dim};
      run.to = Math.max(run.to, r.x + r.w);
    }
    flush();
  }

  is_dim(b) {
    if (this.cycle !== null) return !this.cycle.edges.some((e) => e.from === b.index);
    return this.matches !== null && !this.matches.has(b);
  }

  colours_of(b) {
    const c = this.colour;
    if (b.standing === "culprit") return [c.bad, c.bad_deep, c.bad_ink];
    if (b.standing === "involved") return [c.bad_soft, c.bad, c.ink];
    return [c[b.outcome], c[b.outcome + "_edge"], c[b.outcome + "_ink"]];
  }

  draw_bar(b, r = this.rect_of(b)) {
    const {pen} = this;
    const [fill, edge, ink] = this.colours_of(b);
    const marked = b === this.selected;
    const open = b.end === null;
    const w = Math.max(r.w, b.standing === "plain" && !marked ? 1 : 4);
    const from = Math.max(r.x, this.gutter - 20);
    const to = Math.min(r.x + w, this.width + 20);
    pen.globalAlpha = this.is_dim(b) && !marked ? 0.2 : 1;
    if (marked) {
      pen.fillStyle = this.colour.halo;
      this.round(from - 5, r.y - 5, to - from + 10, r.h + 10, 8);
      pen.fill();
    }
    this.round(from, r.y, to - from, r.h, Math.min(5, w / 3), open);
    pen.fillStyle = fill;
    pen.fill();
    if (b.outcome === "info") {
      pen.fillStyle = this.hatch();
      pen.fill();
    }
    pen.lineWidth = marked ? 2.5 : b.standing === "plain" ? 1.2 : 2;
    pen.strokeStyle = marked ? this.colour.accent : edge;
    if (b.outcome === "fail") pen.setLineDash([4, 3]);
    this.round(from, r.y, to - from, r.h, Math.min(5, w / 3), open, true);
    if (w > 3) pen.stroke();
    pen.setLineDash([]);
    if (this.has_detail) this.draw_steps(b, r, edge);
    if (b.point !== null && (w >= 10 || marked)) this.draw_point(b, r, edge);
    if (w >= 16) this.draw_label(b, from, to, r, ink, edge);
    pen.globalAlpha = 1;
  }

  // `open`: the right side is left open.
  round(x, y, w, h, radius, open = false, outline = false) {
    const {pen} = this;
    pen.beginPath();
    if (!open) {
      pen.roundRect(x, y, w, h, radius);
    } else {
      pen.moveTo(x + w, y);
      pen.lineTo(x + radius, y);
      pen.arcTo(x, y, x, y + radius, radius);
      pen.lineTo(x, y + h - radius);
      pen.arcTo(x, y + h, x + radius, y + h, radius);
      pen.lineTo(x + w, y + h);
      if (!outline) pen.closePath();
    }
  }

  hatch() {
    if (this.hatching) return this.hatching;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = this.colour.info_edge;
    pen.globalAlpha = 0.28;
    pen.lineWidth = 1.4;
    pen.beginPath();
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
    }
    pen.stroke();
    return this.hatching = this.pen.createPattern(tile, "repeat");
  }

  text_width(text) {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, width = this.pen.measureText(text).width);
    return width;
  }

  fitted(text, room) {
    if (this.text_width(text) <= room) return text;
    const unit = this.text_width("0");
    const count = Math.floor(room / unit) - 1;
    return count < 2 ? "" : text.slice(0, count) + "…";
  }

  draw_label(b, from, to, r, ink, edge) {
    const {pen} = this;
    let x = Math.max(from, this.gutter) + 5;
    const end = Math.min(to, this.width) - 3;
    const middle = r.y + r.h / 2 + 0.5;
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    pen.font = LABEL_FONT + this.mono;
    if (b.order > 0) {
      const number = String(b.order);
      const chip = this.text_width(number) * 0.86 + 8;
      if (end - x + 4 < chip) return;
      pen.globalAlpha *= 0.95;
      pen.fillStyle = edge;
      pen.beginPath();
      pen.roundRect(x - 2, middle - 8, chip, 15, 4);
      pen.fill();
      pen.fillStyle = b.standing === "culprit" ? this.colour.bad : this.colour.ground;
      pen.font = "600 10.5px " + this.mono;
      pen.textAlign = "center";
      pen.fillText(number, x - 2 + chip / 2, middle);
      pen.textAlign = "left";
      pen.font = LABEL_FONT + this.mono;
      x += chip + 3;
    }
    if (r.h < 13) return;
    const text = this.fitted(b.label, end - x);
    pen.fillStyle = ink;
    if (text !== "") pen.fillText(text, x, middle);
  }

  draw_point(b, r, edge) {
    const {pen} = this;
    const x = this.x_of(b.point);
    pen.beginPath();
    pen.arc(x, r.y + r.h, this.lane_height < 34 ? 2.3 : 3.4, 0, 7);
    pen.fillStyle = edge;
    pen.strokeStyle = this.colour.ground;
    pen.lineWidth = 1.5;
    pen.fill();
    pen.stroke();
  }

  draw_steps(b, r, edge) {
    this.pen.fillStyle = edge;
    for (const s of b.steps) this.pen.fillRect(this.x_of(s.at) - 1, r.y + r.h - 6, 2, 6);
  }

  // The order around the selected operation, from point to point.
  draw_order() {
    const {pen, colour, diagram} = this;
    const at = this.selected.order - 1;
    const point = (b) => [this.x_of(b.point), this.rect_of(b).y + this.rect_of(b).h];
    pen.strokeStyle = colour.accent;
    pen.lineWidth = 2;
    for (let i = Math.max(0, at - 4); i < Math.min(diagram.order.length - 1, at + 4); ++i) {
      const [x0, y0] = point(diagram.order[i]);
      const [x1, y1] = point(diagram.order[i + 1]);
      const distance = i < at ? at - i : i + 1 - at;
      pen.globalAlpha = 0.85 - 0.18 * (distance - 1);
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
      pen.stroke();
      pen.beginPath();
      pen.arc(x1, y1, 3.2, 0, 7);
      pen.arc(x0, y0, 3.2, 0, 7);
      pen.fillStyle = colour.accent;
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  draw_cycle() {
    for (const e of this.cycle.edges) this.draw_dependency(e);
  }

  draw_dependency(e) {
    const {pen, colour, diagram} = this;
    const [a, b] = [this.rect_of(diagram.bars[e.from]), this.rect_of(diagram.bars[e.to])];
    // Downwards on the right, upwards on the left: the two edges of a pair stay apart.
    const [level, down] = [a.y === b.y, b.y > a.y];
    const share = level ? 0.5 : down ? 0.7 : 0.22;
    const [x0, x1] = [a.x + a.w * share, b.x + b.w * share];
    const y0 = level || !down ? a.y : a.y + a.h;
    const y1 = level || down ? b.y : b.y + b.h;
    const bend = level ? -34 : (y1 - y0) * 0.5;
    const c0 = {x: x0, y: y0 + bend}, c1 = {x: x1, y: level ? y1 + bend : y1 - bend};
    const paint = {ww: colour.bad, wr: colour.ok_edge, rw: colour.info_edge}[e.kind] || colour.soft;
    pen.strokeStyle = pen.fillStyle = paint;
    pen.lineWidth = 2.2;
    pen.setLineDash(e.kind.length > 2 ? [5, 4] : []);
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.bezierCurveTo(c0.x, c0.y, c1.x, c1.y, x1, y1);
    pen.stroke();
    pen.setLineDash([]);
    const angle = Math.atan2(y1 - c1.y, x1 - c1.x);
    pen.beginPath();
    for (const turn of [0, 2.6, -2.6]) {
      const length = turn === 0 ? 1 : 9;
      pen.lineTo(x1 + (turn === 0 ? 1 : Math.cos(angle + turn) * length), y1 + Math.sin(angle + turn) * (turn === 0 ? 0 : length));
    }
    pen.fill();
    const middle = {x: (x0 + 3 * c0.x + 3 * c1.x + x1) / 8, y: (y0 + 3 * c0.y + 3 * c1.y + y1) / 8};
    pen.font = "600 12px " + this.mono;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const half = pen.measureText(e.label).width / 2 + 6;
    pen.fillStyle = colour.ground;
    pen.beginPath();
    pen.roundRect(middle.x - half, middle.y - 10, 2 * half, 20, 6);
    pen.fill();
    pen.lineWidth = 1.2;
    pen.stroke();
    pen.fillStyle = paint;
    pen.fillText(e.label, middle.x, middle.y + 0.5);
  }

  // What the order says the state is, from one point to the next.
  draw_states() {
    const {pen, colour, diagram} = this;
    const {order} = diagram;
    if (order.length === 0) return;
    const [y, h] = [this.bottom, STATES];
    pen.fillStyle = colour.panel;
    pen.fillRect(0, y, this.width, h);
    pen.save();
    pen.beginPath();
    pen.rect(this.gutter, y, this.plot_width, h);
    pen.clip();
    pen.font = LABEL_FONT + this.mono;
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    const end = diagram.stops === null ? diagram.last : Math.max(diagram.stops, order.at(-1).point);
    let low = 0, high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order[middle].point < this.left) low = middle + 1;
      else high = middle;
    }
    let drawn_to = -Infinity;
    const [first_x, end_x] = [Math.max(this.gutter, this.x_of(-0.5)), Math.min(this.width, this.x_of(end))];
    pen.fillStyle = colour.good_soft;
    pen.fillRect(first_x, y + 6, Math.max(0, end_x - first_x), h - 12);
    if (order.length > 50 && (order.at(-1).point - order[0].point) / order.length * this.scale < 3) {
      pen.fillStyle = colour.soft;
      pen.fillText(`${order.length.toLocaleString("en")} states in order: zoom in to see them`, first_x + 8, y + h / 2 + 0.5);
      low = order.length;
    }
    const segment = (text, from, to, b) => {
      const [x0, x1] = [Math.max(this.x_of(from), this.gutter), Math.min(this.x_of(to), this.width)];
      if (x1 - Math.max(drawn_to, x0) < 1 && b !== this.selected) return;
      drawn_to = x1;
      const chosen = b !== null && b === this.selected;
      pen.fillStyle = chosen ? colour.halo : colour.good_soft;
      pen.fillRect(x0, y + 6, x1 - x0, h - 12);
      pen.fillStyle = chosen ? colour.accent : colour.good;
      pen.fillRect(x0, y + 6, x1 - x0 > 4 ? 2 : 0.5, h - 12);
      const shown = x1 - x0 > 18 ? this.fitted(text, x1 - x0 - 12) : "";
      pen.fillStyle = colour.ink;
      if (shown !== "") pen.fillText(shown, x0 + 8, y + h / 2 + 0.5);
    };
    const named = (b) => (diagram.several ? b.object + ": " : "") + b.after;
    if (low === 0 && low < order.length && !diagram.several) segment(order[0].before, -0.5, order[0].point, null);
    for (let i = low === order.length && order.at(-1).point >= this.left ? low : Math.max(0, low - 1); i < order.length && order[i].point <= this.position_of(this.width); ++i) {
      segment(named(order[i]), order[i].point, i + 1 < order.length ? order[i + 1].point : end, order[i]);
    }
    pen.restore();
    pen.fillStyle = colour.line;
    pen.fillRect(0, y, this.width, 1);
    pen.fillRect(this.gutter - 1, y, 1, h);
    pen.font = "500 12px " + this.sans;
    pen.fillStyle = colour.soft;
    pen.fillText("state", 16, y + h / 2);
    if (this.selected !== null && this.selected.point !== null) this.draw_plumb(this.selected);
  }

  // From the selected operation's point down to the state that it makes.
  draw_plumb(b) {
    const {pen} = this;
    const x = this.x_of(b.point);
    const y = Math.max(RULER, this.rect_of(b).y + this.rect_of(b).h);
    if (x < this.gutter || x > this.width || y > this.bottom) return;
    pen.strokeStyle = this.colour.accent;
    pen.lineWidth = 1.2;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x, this.bottom + 6);
    pen.stroke();
    pen.setLineDash([]);
  }

  draw_lane_names(first, last) {
    const {pen, colour} = this;
    pen.fillStyle = colour.panel;
    pen.fillRect(0, RULER, this.gutter, this.height);
    pen.fillStyle = colour.line;
    pen.fillRect(this.gutter - 1, 0, 1, this.height);
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    for (let lane = first; lane < last; ++lane) {
      const y = this.lane_top(lane);
      const chosen = this.selected !== null && this.selected.lane === lane;
      pen.font = (chosen ? "650 12px " : "500 12px ") + this.sans;
      pen.fillStyle = chosen ? colour.accent : colour.soft;
      pen.fillText(this.diagram.lanes[lane], 16, y + this.lane_height / 2, this.gutter - 24);
      pen.fillStyle = colour.line;
      pen.fillRect(0, Math.round(y + this.lane_height) - 1, this.gutter, 1);
    }
  }

  draw_ruler() {
    const {pen, colour} = this;
    pen.fillStyle = colour.ground;
    pen.fillRect(0, 0, this.width, RULER);
    pen.fillStyle = colour.line;
    pen.fillRect(0, RULER - 1, this.width, 1);
    pen.font = "11px " + this.sans;
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    pen.fillStyle = colour.faint;
    pen.fillText(this.diagram.axis, 16, RULER / 2);
    pen.save();
    pen.beginPath();
    pen.rect(this.gutter, 0, this.plot_width, RULER);
    pen.clip();
    for (const position of this.ticks()) {
      const x = Math.round(this.x_of(position));
      pen.fillStyle = colour.line;
      pen.fillRect(x, RULER - 7, 1, 6);
      pen.fillStyle = colour.soft;
      pen.fillText(position.toLocaleString("en"), x + 5, RULER / 2);
    }
    for (const [at, text] of this.diagram.moments) {
      const x = this.x_of(at);
      pen.fillStyle = colour.info_edge;
      pen.fillRect(x, 4, 1, this.height);
      pen.fillText(text, x + 4, RULER / 2);
    }
    pen.restore();
  }

  draw_stop() {
    if (this.diagram.stops === null) return;
    const {pen, colour} = this;
    const x = Math.round(this.x_of(this.diagram.stops));
    if (x < this.gutter || x > this.width) return;
    pen.fillStyle = colour.bad;
    pen.fillRect(x - 1, RULER - 4, 2, this.height);
    const text = this.diagram.order.length > 0 ? "no order beyond this point" : "fails here";
    pen.font = "600 11.5px " + this.sans;
    const w = pen.measureText(text).width + 16;
    const from = clamp(x - w / 2, this.gutter + 2, this.width - w - 2);
    pen.beginPath();
    pen.roundRect(from, 4, w, 21, 5);
    pen.fill();
    pen.fillStyle = colour.bad_ink;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillText(text, from + 8, 15);
  }

  // --- The strip that shows all

  draw_overview() {
    const {small_pen: pen, colour} = this;
    const box = {w: this.overview.clientWidth, h: this.overview.clientHeight};
    if (this.overview_picture === null) this.overview_picture = this.paint_overview(box);
    pen.clearRect(0, 0, box.w, box.h);
    pen.drawImage(this.overview_picture, 0, 0, box.w, box.h);
    const x = (position) => this.gutter + (position + 0.5) / (this.diagram.last + 1) * this.plot_width;
    const mark = (b, paint) => {
      pen.fillStyle = paint;
      pen.fillRect(x(b.begin) - 1, 3, 2.5, box.h - 6);
    };
    if (this.matches !== null) for (const b of this.matches) mark(b, colour.info_edge);
    if (this.cycle !== null) for (const e of this.cycle.edges) mark(this.diagram.bars[e.from], colour.bad);
    if (this.diagram.stops !== null) mark({begin: this.diagram.stops}, colour.bad);
    if (this.selected !== null) mark(this.selected, colour.accent);
    const from = Math.max(this.gutter, x(this.left));
    const to = Math.min(this.width, x(this.left + this.plot_width / this.scale));
    pen.fillStyle = colour.ground;
    pen.globalAlpha = 0.55;
    pen.fillRect(this.gutter, 0, from - this.gutter, box.h);
    pen.fillRect(to, 0, box.w - to, box.h);
    pen.globalAlpha = 1;
    pen.strokeStyle = colour.accent;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.roundRect(from + 0.75, 1.5, Math.max(6, to - from - 1.5), box.h - 3, 4);
    pen.stroke();
  }

  paint_overview(box) {
    const ratio = window.devicePixelRatio || 1;
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, box.w * ratio);
    canvas.height = Math.max(1, box.h * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const {colour, diagram} = this;
    pen.fillStyle = colour.panel;
    pen.fillRect(0, 0, box.w, box.h);
    pen.fillStyle = colour.soft;
    pen.font = "11px " + this.sans;
    pen.textBaseline = "middle";
    pen.fillText("overview", 16, box.h / 2);
    const x = (position) => this.gutter + (position + 0.5) / (diagram.last + 1) * this.plot_width;
    if (diagram.stops !== null && diagram.order.length > 0) {
      pen.fillStyle = colour.good_soft;
      pen.fillRect(this.gutter, 0, x(diagram.stops) - this.gutter, box.h);
    }
    const rows = Math.max(1, diagram.rows.length);
    const height = (box.h - 10) / rows;
    pen.globalAlpha = 0.75;
    diagram.rows.forEach((row, lane) => {
      for (const b of row) {
        pen.fillStyle = b.standing === "plain" ? colour[b.outcome + "_edge"] : colour.bad;
        pen.fillRect(x(b.begin), 5 + lane * height, Math.max(0.8, x(b.until) - x(b.begin)), Math.max(0.8, height - (height > 3 ? 1.5 : 0)));
      }
    });
    return canvas;
  }
}
