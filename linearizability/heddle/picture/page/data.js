// The diagram as page.cpp writes it, made into bars that know their neighbours.

const OUTCOMES = ["ok", "fail", "info"];
const OUTCOME_WORDS = {ok: "ok", fail: "failed: had no effect", info: "unknown: took effect at some time, or never"};
const STANDINGS = ["plain", "involved", "culprit"];

function read_diagram(json) {
  const d = JSON.parse(json);
  const text = (i) => d.texts[i];
  d.verdict = ["ok", "violation", "unknown"][d.verdict];
  d.last += 1;
  d.bars = d.bars.map((row, index) => {
    const [lane, begin, end, outcome, standing, label, operation, args, result, called, returned, object] = row;
    const place = row[12];
    return {
      index, lane, begin, end,
      outcome: OUTCOMES[outcome], standing: STANDINGS[standing],
      label: text(label), operation: text(operation), args: text(args), result: text(result),
      called: text(called), returned: text(returned), object: text(object),
      order: place ? place[0] : 0, point: place ? place[1] : null,
      before: place ? text(place[2]) : "", after: place ? text(place[3]) : "",
      notes: (row[13] || []).map(text),
      steps: (row[14] || []).map(([at, what, where]) => ({at, text: text(what), where: text(where)})),
    };
  });
  d.rows = d.lanes.map(() => []);
  for (const b of d.bars) d.rows[b.lane].push(b);
  for (const row of d.rows) {
    row.sort((a, b) => a.begin - b.begin);
    row.forEach((b, i) => {
      b.rank = i;
      // What never returned is drawn until its lane goes on.
      b.until = b.end !== null ? b.end : i + 1 < row.length ? row[i + 1].begin - 0.25 : d.last;
    });
  }
  d.order = d.bars.filter((b) => b.order > 0).sort((a, b) => a.order - b.order);
  d.cycles = d.cycles.map((c) => ({...c, edges: c.edges.map(([from, to, kind, label]) => ({from, to, kind, label}))}));
  d.several = new Set(d.order.map((b) => b.object)).size > 1;
  d.culprit = d.bars.find((b) => b.standing === "culprit") || null;
  d.worst = d.culprit || d.bars.find((b) => b.standing === "involved") || null;
  return d;
}

// The first bar of a row that is drawn at or after `position`.
function first_at(row, position) {
  let low = 0, high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row[middle].until < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Words are found as wholes, so that "1" does not find "11", unless there is no such whole. A number alone is a value,
// not a line or a process.
function find_bars(d, query) {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return null;
  const is_word = /^[\p{L}\p{N}_-]+$/u.test(wanted);
  const escaped = wanted.replace(/^"(.*)"$/, "$1").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(is_word ? `(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])` : escaped, "iu");
  const loose = new RegExp(escaped, "iu");
  const place = /^\d+$/.test(wanted) ? () => [] : (b) => [b.called, b.returned, d.lanes[b.lane]];
  const hits = (p) => d.bars.filter((b) => [b.label, b.object, ...place(b)].some((t) => p.test(t)));
  const strict = hits(pattern);
  return (strict.length > 0 ? strict : hits(loose)).sort((a, b) => a.begin - b.begin);
}
