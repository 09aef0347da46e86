// What is said beside the timeline: the selected operation as a table, why the history fails, the tooltip.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, content] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), content);
    else if (content !== null && content !== false) made.setAttribute(name, content);
  }
  made.append(...children);
  return made;
}

// What two texts have in common at both ends is left alone; the rest is marked.
function differing_part(before, after) {
  let head = 0;
  const shorter = Math.min(before.length, after.length);
  while (head < shorter && before[head] === after[head]) ++head;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) ++tail;
  const within = (c) => c !== undefined && /[\p{L}\p{N}_.-]/u.test(c);
  const whole = (text) => {
    let [from, to] = [head, text.length - tail];
    while (from > 0 && within(text[from - 1]) && (within(before[from]) || within(after[from]))) --from;
    while (to < text.length && within(text[to]) && within(text[to - 1])) ++to;
    return [from, Math.max(from, to)];
  };
  return {before: whole(before), after: whole(after)};
}

function state_text(text, [from, to], tag) {
  const code = element("code", {class: "state"});
  if (from >= to) code.append(text);
  else code.append(text.slice(0, from), element(tag, {}, text.slice(from, to)), text.slice(to));
  return code;
}

class details_panel {
  // `on` has select(bar).
  constructor(section, diagram, on) {
    Object.assign(this, {section, diagram, on});
  }

  show(b) {
    this.section.replaceChildren(element("h2", {}, "Operation"));
    if (b === null) {
      this.section.append(element("p", {class: "hint"}, "Click a bar, or press an arrow key in the timeline."));
      return;
    }
    this.section.append(element("p", {class: "headline", id: "selected-label"}, b.label));
    // What is wrong with the culprit stands above.
    for (const note of b.standing === "culprit" ? [] : b.notes) this.section.append(element("p", {class: "note"}, note));
    this.section.append(this.table(b));
    if (b.order > 0) this.section.append(this.walk(b));
  }

  table(b) {
    const table = element("table", {"aria-labelledby": "selected-label"});
    const row = (name, content) => {
      if (content === "" || content === null) return;
      table.append(element("tr", {}, element("th", {scope: "row"}, name), element("td", {}, content)));
    };
    const code = (text) => (text === "" ? "" : element("code", {}, text));
    row("Process", this.diagram.lanes[b.lane].replace(/^process /, ""));
    row("Operation", code(b.operation));
    row("Object", code(b.object));
    row("Arguments", code(b.args));
    row("Result", code(b.result));
    row("Outcome", element("span", {class: "pill " + b.outcome}, OUTCOME_WORDS[b.outcome]));
    row("Called", b.called);
    row("Returned", b.end === null && b.returned === "" ? "never" : b.returned);
    if (b.order > 0) {
      row("Order", `${b.order} of ${this.diagram.order.length}`);
      const change = differing_part(b.before, b.after);
      const same = b.before === b.after;
      row("State before", state_text(b.before, same ? [0, 0] : change.before, "del"));
      row("State after", same ? element("span", {}, state_text(b.after, [0, 0], "mark"), "unchanged") : state_text(b.after, change.after, "mark"));
    } else if (this.diagram.order.length > 0) {
      row("Order", this.unplaced_reason(b));
    }
    if (b.steps.length > 0) {
      table.append(element("tr", {}, element("th", {scope: "row"}, "Steps"), element("td", {}, String(b.steps.length))),
        element("tr", {class: "joined"}, element("td", {colspan: "2"}, this.steps(b))));
    }
    return table;
  }

  unplaced_reason(b) {
    if (b.standing === "culprit") return "none: no order can place it";
    if (b.outcome === "fail") return "none: it had no effect";
    if (this.diagram.stops !== null && b.begin > this.diagram.stops) return "none: it comes after the history failed";
    if (this.diagram.culprit !== null && b.object !== this.diagram.culprit.object) return `none: the order shown is that of ${this.diagram.culprit.object}`;
    if (b.outcome === "info") return "none: it need not have taken effect";
    return this.diagram.stops !== null ? "none: not needed for the longest prefix" : "none";
  }

  steps(b) {
    return element("ol", {class: "steps"}, ...b.steps.map((s) => element("li", {}, element("span", {}, s.text), element("i", {}, s.where))));
  }

  walk(b) {
    const {order} = this.diagram;
    const link = (other, words) => element("button", {...(other ? {} : {disabled: ""}), onclick: () => this.on.select(other)},
      words, element("span", {}, other ? `${other.order}. ${other.label}` : "–"));
    return element("div", {class: "walk"}, link(order[b.order - 2], "‹ before it in the order"), link(order[b.order], "after it ›"));
  }

  why(box) {
    const {diagram} = this;
    if (diagram.explanation === "" && diagram.culprit === null) return;
    box.parentElement.hidden = false;
    const link = (b) => element("button", {class: "op", onclick: () => this.on.select(b, true)}, b.label);
    if (diagram.culprit !== null) {
      const b = diagram.culprit;
      const place = b.returned || b.called;
      box.append(element("p", {class: "note bad"}, `${diagram.lanes[b.lane]}: `, link(b), `${place ? ` (${place})` : ""} ${b.notes[0] || ""}.`));
      const end = diagram.order.at(-1);
      if (end) {
        box.append(element("p", {class: "note"}, `Without it there is an order of ${diagram.order.length.toLocaleString("en")}. It ends with `,
          link(end), "; then the state is ", element("code", {}, end.after), "."));
      }
      for (const note of b.notes.slice(1)) box.append(element("p", {class: "note"}, note[0].toUpperCase() + note.slice(1) + "."));
    }
    if (diagram.explanation !== "") {
      box.append(element("details", diagram.culprit === null ? {open: ""} : {}, element("summary", {}, "as the terminal says it"),
        element("pre", {tabindex: "0"}, diagram.explanation.replace(/^ {2}/gm, "").trimEnd())));
    }
  }

  tip(box, b, x, y) {
    box.hidden = b === null;
    if (b === null) return;
    const times = [this.diagram.lanes[b.lane], b.called && `called ${b.called}`, b.returned && `returned ${b.returned}`];
    box.replaceChildren(element("b", {}, b.label), element("div", {}, times.filter(Boolean).join(" · ")));
    if (b.standing === "culprit") box.append(element("div", {class: "note bad"}, b.notes[0] || "the culprit"));
    if (b.order > 0) {
      const cut = (t) => (t.length > 120 ? t.slice(0, 56) + " … " + t.slice(-56) : t);
      box.append(element("div", {class: "change"}, `${b.order}.  ${cut(b.before)}  →  ${cut(b.after)}`));
    }
    const room = box.parentElement.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    box.style.left = clamp(x + 14, 4, room.width - size.width - 6) + "px";
    box.style.top = (y + 22 + size.height > room.height ? y - size.height - 12 : y + 18) + "px";
  }
}
