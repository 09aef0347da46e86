// Histories to draw, as Heddle's JSON Lines; the same at each call.

const header = '{"heddle-history": 1}\n';
const line = (process, type, f, value) => JSON.stringify({process, type, f, value}) + "\n";

/// The read of process 2 sees 1 although the write of 2 had returned before it was called.
export function stale_read() {
  return header + [
    [0, "invoke", "write", 1], [1, "invoke", "read", null], [1, "ok", "read", null], [0, "ok", "write", 1],
    [0, "invoke", "write", 2], [1, "invoke", "read", null], [3, "invoke", "write", 7], [1, "ok", "read", 1],
    [3, "info", "write", 7], [0, "ok", "write", 2], [1, "invoke", "write", 3], [1, "fail", "write", 3],
    [2, "invoke", "read", null], [1, "invoke", "read", null], [1, "ok", "read", 2], [2, "ok", "read", 1],
    [0, "invoke", "read", null], [2, "invoke", "write", 4], [0, "ok", "read", 2], [2, "ok", "write", 4],
  ].map((e) => line(...e)).join("");
}

/// Texts that a page could stumble over.
export const hostile = '</script><script>document.title = "owned"</script><!-- \u2028 \u2029 & "quoted" \\';
export function hostile_values() {
  return header + line(0, "invoke", "write", hostile) + line(0, "ok", "write", hostile) +
    line("</title><b>", "invoke", "read", null) + line("</title><b>", "ok", "read", hostile);
}

function random(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
  };
}

/// `count` operations of a register that is linearizable: each takes effect when it returns.
export function long_register(count, processes) {
  const next = random(7);
  const open = new Array(processes).fill(null);
  let now = null, text = header, begun = 0, ended = 0;
  while (ended < count) {
    const p = next(processes);
    if (open[p] === null && begun < count) {
      open[p] = next(3) === 0 ? {f: "write", value: ++begun} : {f: "read", value: null, number: ++begun};
      text += line(p, "invoke", open[p].f, open[p].value);
    } else if (open[p] !== null && next(2) === 0) {
      const fails = open[p].f === "write" && next(12) === 0;
      if (open[p].f === "write" && !fails) now = open[p].value;
      text += line(p, fails ? "fail" : "ok", open[p].f, open[p].f === "write" ? open[p].value : now);
      open[p] = null;
      ++ended;
    }
  }
  return text;
}

/// Reads and appends of several processes, among them a write skew, a lost update and a cycle of three.
export function transactions() {
  const txns = [
    [0, 0, 2, [["append", "x", 1], ["r", "y", []]]],
    [1, 1, 3, [["append", "y", 1], ["r", "x", []]]],
    [2, 4, 7, [["r", "x", [1]], ["append", "z", 1]]],
    [0, 5, 8, [["r", "z", []], ["append", "z", 2]]],
    [1, 6, 9, [["r", "z", []], ["append", "z", 3]]],
    [2, 10, 11, [["r", "z", [1, 2, 3]]]],
    [0, 12, 16, [["r", "a", []], ["append", "b", 1]]],
    [1, 13, 17, [["r", "b", []], ["append", "c", 1]]],
    [2, 14, 18, [["r", "c", []], ["append", "a", 1]]],
    [3, 15, 19, [["r", "q", []], ["append", "q", 5]]],
    [0, 20, 21, [["r", "a", [1]], ["r", "b", [1]], ["r", "c", [1]]]],
  ];
  const asked = (steps) => steps.map(([what, key, content]) => [what, key, what === "r" ? null : content]);
  const events = txns.flatMap(([process, begin, end, steps]) => [
    [begin, line(process, "invoke", "txn", asked(steps))], [end, line(process, "ok", "txn", steps)]]);
  return header + events.sort((a, b) => a[0] - b[0]).map((e) => e[1]).join("");
}
