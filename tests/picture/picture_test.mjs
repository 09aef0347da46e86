// The pictures as people meet them: written by the program, opened from the file in Chromium.
//
// Environment: HEDDLE_PROGRAM, CHROMIUM, HEDDLE_NODE (a folder with node_modules), HEDDLE_SCREENSHOTS (a folder, optional).
import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {hostile, hostile_values, long_register, stale_read, transactions} from "./histories.mjs";

const {chromium} = createRequire(join(process.env.HEDDLE_NODE, "/"))("playwright-core");
const folder = mkdtempSync(join(tmpdir(), "heddle-picture-"));
const screenshots = process.env.HEDDLE_SCREENSHOTS;
let browser;

before(async () => {
  if (screenshots) mkdirSync(screenshots, {recursive: true});
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true});
});

function check(name, model, text, ...more) {
  const history = join(folder, name + ".jsonl");
  writeFileSync(history, text);
  return spawnSync(process.env.HEDDLE_PROGRAM, ["check", "--model", model, "--quiet", history, ...more], {encoding: "utf8"});
}

/// Draws the history and opens the page. Complaints of the page and requests to anywhere else are collected.
async function open(name, model, text, look = {}) {
  const html = join(folder, name + ".html");
  check(name, model, text, "--html", html);
  return opened(html, look);
}

async function opened(html, look = {}) {
  const page = await browser.newPage({viewport: {width: 1360, height: 760}, colorScheme: "light", ...look});
  page.complaints = [];
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) page.complaints.push(m.text()); });
  page.on("pageerror", (e) => page.complaints.push(String(e)));
  page.on("request", (r) => { if (!r.url().startsWith("file://")) page.complaints.push("request: " + r.url()); });
  await page.goto("file://" + html);
  await settled(page);
  return page;
}

const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function shot(page, name) {
  await settled(page);
  if (screenshots) await page.screenshot({path: join(screenshots, name + ".png")});
}

/// In the page's own numbering: bars in the order of their responses.
const bar_called = (page, label) => page.evaluate((l) => window.heddle.diagram.bars.findIndex((b) => b.label === l), label);
const selected_label = (page) => page.evaluate(() => document.getElementById("selected-label")?.textContent ?? null);
const hidden = (page, selector) => page.evaluate((s) => document.querySelector(s).hidden, selector);

async function point_of(page, index) {
  return page.evaluate((i) => {
    const box = document.getElementById("timeline").getBoundingClientRect();
    const r = window.heddle.rect(i);
    return [box.x + r.x + Math.min(r.w / 2, 30), box.y + r.y + r.h / 2];
  }, index);
}

async function table_of(page) {
  return page.evaluate(() => Object.fromEntries([...document.querySelectorAll("#details tr")].map((row) =>
    [row.cells[0].textContent, row.cells[1].textContent])));
}

test("a violation: the culprit is selected, and the page says why", async () => {
  const page = await open("violation", "register", stale_read());
  assert.equal(await page.textContent("#verdict"), "NOT LINEARIZABLE as register");
  assert.equal(await selected_label(page), "read → 1");
  const table = await table_of(page);
  assert.equal(table["Process"], "2");
  assert.equal(table["Order"], "none: no order can place it");
  assert.equal(table["Called"], "line 14");
  assert.equal(table["Returned"], "line 17");
  assert.match(await page.textContent("#why-text"), /read → 1 \(line 17\) has no place in any order/);
  assert.match(await page.textContent("#why-text"), /The model would answer 2/);
  await shot(page, "violation");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("a click shows the operation and the state before and after it", async () => {
  const page = await open("click", "register", stale_read());
  const write = await bar_called(page, "write 2");
  await page.mouse.click(...await point_of(page, write));
  assert.equal(await selected_label(page), "write 2");
  const table = await table_of(page);
  assert.equal(table["Arguments"], "2");
  assert.match(table["Outcome"], /^ok/);
  assert.equal(table["State before"], "1");
  assert.equal(table["State after"], "2");
  await shot(page, "selected");
  await page.mouse.click(...await point_of(page, await bar_called(page, "write 7 → unknown")));
  assert.equal((await table_of(page))["Order"], "none: it need not have taken effect");
  await page.mouse.click(...await point_of(page, await bar_called(page, "write 3 → failed")));
  assert.equal((await table_of(page))["Order"], "none: it had no effect");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("pointing at a bar shows a tip, leaving it takes the tip away", async () => {
  const page = await open("hover", "register", stale_read());
  await page.mouse.move(...await point_of(page, await bar_called(page, "write 2")));
  assert.equal(await hidden(page, "#tip"), false);
  assert.match(await page.textContent("#tip"), /write 2.*process 0.*called line 6.*1 {2}→ {2}2/s);
  await shot(page, "hover");
  await page.mouse.move(5, 5);
  assert.equal(await hidden(page, "#tip"), true);
  await page.close();
});

test("the keyboard alone is enough", async () => {
  const page = await open("keys", "register", stale_read());
  const press = async (...keys) => { for (const k of keys) await page.keyboard.press(k); await settled(page); };
  await press("Escape");
  assert.equal(await selected_label(page), null);
  await press("n");
  assert.equal((await table_of(page))["Order"], "1 of 5");
  await press("n", "n");
  assert.equal((await table_of(page))["Order"], "3 of 5");
  await press("p");
  assert.equal((await table_of(page))["Order"], "2 of 5");

  await page.focus("#timeline");
  await press("c");
  assert.equal(await selected_label(page), "read → 1");
  await press("ArrowRight");
  assert.equal(await selected_label(page), "write 4");
  await press("ArrowLeft");
  assert.equal(await selected_label(page), "read → 1");
  await press("ArrowUp");
  assert.equal((await table_of(page))["Process"], "1");
  await press("ArrowDown");
  assert.equal((await table_of(page))["Process"], "2");

  const view = () => page.evaluate(() => window.heddle.view());
  await press("0");
  const all = await view();
  await press("+", "+");
  assert.ok((await view()).scale > all.scale * 1.5);
  const there = await view();
  await press("Shift+ArrowRight");
  assert.ok((await view()).left > there.left);
  await press("-", "-", "-", "-", "-");
  assert.equal((await view()).scale, all.scale);
  await press("Enter");
  assert.ok((await view()).scale > all.scale * 0.99);

  await press("?");
  assert.ok(await page.evaluate(() => document.getElementById("help").open));
  await shot(page, "keys");
  await press("Escape");
  assert.ok(!(await page.evaluate(() => document.getElementById("help").open)));
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("search finds values, n and p go from one to the next, Escape leaves", async () => {
  const page = await open("search", "register", stale_read());
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type("2");
  assert.equal(await page.inputValue("#search"), "2");
  const found = await page.evaluate(() => document.getElementById("matches").value);
  assert.match(found, /^\d+ found$/);
  await page.keyboard.press("Enter");
  const first = await selected_label(page);
  await page.focus("#timeline");
  await page.keyboard.press("n");
  assert.match(await page.evaluate(() => document.getElementById("matches").value), /^\d of \d$/);
  await page.keyboard.press("p");
  assert.equal(await selected_label(page), first);
  await shot(page, "search");
  await page.keyboard.press("Escape");
  assert.equal(await page.inputValue("#search"), "");
  assert.equal(await page.evaluate(() => document.getElementById("matches").value), "");
  await page.fill("#search", "write 7");
  await page.press("#search", "Enter");
  assert.equal(await selected_label(page), "write 7 → unknown");
  await page.fill("#search", "nonsense");
  assert.equal(await page.evaluate(() => document.getElementById("matches").value), "none");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("values are text, whatever they look like", async () => {
  const page = await open("hostile", "register", hostile_values());
  assert.match(await page.title(), /hostile\.jsonl: linearizable as register$/);
  await page.evaluate(() => window.heddle.select(0));
  assert.ok((await selected_label(page)).includes("</script><script>"));
  assert.ok((await page.evaluate(() => window.heddle.diagram.bars[0].args)).includes("\u2028"));
  assert.equal(await page.evaluate(() => document.querySelectorAll("script").length), 2);
  assert.deepEqual(page.complaints, []);
  assert.ok(hostile.includes("-->") === false);
  await page.close();
});

test("dark as light", async () => {
  const page = await open("dark", "register", stale_read(), {colorScheme: "dark"});
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(17, 21, 28)");
  await page.evaluate(() => window.heddle.select(window.heddle.diagram.order[2].index));
  await shot(page, "dark");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("on a narrow screen the panel moves below", async () => {
  const page = await open("narrow", "register", stale_read(), {viewport: {width: 420, height: 800}});
  const [chart, aside] = await page.evaluate(() => [".chart", "aside"].map((s) => document.querySelector(s).getBoundingClientRect().toJSON()));
  assert.ok(aside.top >= chart.bottom - 1);
  await shot(page, "narrow");
  await page.close();
});

test("transactions: the cycle is drawn, its nodes select", async () => {
  const page = await open("cycle", "list-append", transactions());
  assert.equal(await hidden(page, "#cycles"), false);
  const names = await page.evaluate(() => window.heddle.diagram.cycles.map((c) => `${c.name}: ${c.plain}`));
  assert.ok(names.includes("G2-item: write skew"), names.join("; "));
  assert.ok(names.some((n) => n.includes("lost update")), names.join("; "));
  const labels = await page.evaluate(() => [...document.querySelectorAll("#cycle .kind")].map((t) => t.textContent));
  const expected = await page.evaluate(() => window.heddle.diagram.cycles[0].edges.map((e) => e.label));
  assert.deepEqual(labels, expected);
  assert.equal(await page.evaluate(() => document.querySelectorAll("#cycle .node").length), new Set(expected).size);
  await shot(page, "cycle");
  await page.click("#cycle .node");
  const node = await page.evaluate(() => Number(document.querySelector("#cycle .node").dataset.bar));
  assert.equal(await page.evaluate(() => window.heddle.selected()), node);
  const three = await page.evaluate(() => window.heddle.diagram.cycles.findIndex((c) => c.edges.length === 3));
  assert.ok(three >= 0);
  await page.click(`#cycle-list button:nth-child(${three + 1})`);
  assert.equal(await page.evaluate(() => document.querySelectorAll("#cycle .node").length), 3);
  await shot(page, "cycle-of-three");
  await page.emulateMedia({colorScheme: "dark"});
  await shot(page, "cycle-dark");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("10,000 operations", async (t) => {
  const start = performance.now();
  const page = await open("long", "register", long_register(10_000, 24));
  const loaded = performance.now() - start;
  assert.equal(await page.evaluate(() => window.heddle.diagram.bars.length), 10_000);
  assert.equal(await page.evaluate(() => window.heddle.diagram.order.length > 9_000), true);
  await shot(page, "10000");
  const gap = await page.evaluate(async () => {
    const canvas = document.getElementById("timeline");
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const gaps = [];
    let last = await frame();
    for (let i = 0; i < 120; ++i) {
      const options = {bubbles: true, cancelable: true, clientX: 700, clientY: 300};
      canvas.dispatchEvent(new WheelEvent("wheel", {...options, ...(i < 60 ? {deltaY: 60} : {deltaX: 120})}));
      const now = await frame();
      gaps.push(now - last);
      last = now;
    }
    return gaps.sort((a, b) => a - b);
  });
  const drawing = await page.evaluate(() => window.heddle.frames().slice(-120).sort((a, b) => a - b));
  const at = (list, share) => list[Math.floor(share * (list.length - 1))].toFixed(1);
  t.diagnostic(`judged, drawn and loaded in ${loaded.toFixed(0)} ms; drawing a frame: median ${at(drawing, 0.5)} ms, ` +
    `95 % within ${at(drawing, 0.95)} ms; between frames: median ${at(gap, 0.5)} ms, 95 % within ${at(gap, 0.95)} ms`);
  await page.keyboard.press("0");
  await shot(page, "10000-all");
  const wanted = await page.evaluate(() => window.heddle.diagram.bars.slice(7000).find((b) => b.operation === "write").label);
  await page.fill("#search", wanted);
  await page.press("#search", "Enter");
  assert.ok((await selected_label(page)).startsWith(wanted));
  const box = await page.locator("#timeline").boundingBox();
  const left = () => page.evaluate(() => window.heddle.view().left);
  const before_drag = await left();
  await page.mouse.move(box.x + 600, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 200, {steps: 5});
  await page.mouse.up();
  assert.ok(await left() > before_drag);
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("a failure that was explored: threads, calls and what they did", async () => {
  const html = join(folder, "failure.html");
  const run = spawnSync(process.env.HEDDLE_PROGRAM,
    ["explore", "rate_limiter_token_bucket/lost_update", "--cases-dir", folder, "--html", html], {encoding: "utf8"});
  assert.equal(run.status, 1, run.stderr);
  const page = await opened(html);
  assert.equal(await page.textContent("#verdict"), "rate_limiter_token_bucket is NOT LINEARIZABLE");
  assert.match(await selected_label(page), /^try_acquire\(.*\) → decision\{/);
  const steps = await page.evaluate(() => [...document.querySelectorAll(".steps li")].map((s) => s.textContent));
  assert.ok(steps.some((s) => /^lock {1,2}limiter\.mutex_.*faulty_lost_update\.hpp:\d+$/.test(s)), steps.join("; "));
  await shot(page, "failure");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("the trace is one that Perfetto takes: slices of a thread nest", () => {
  const file = join(folder, "trace.json");
  check("trace", "register", stale_read(), "--trace", file);
  const {traceEvents} = JSON.parse(readFileSync(file, "utf8"));
  const slices = traceEvents.filter((e) => e.ph === "X");
  assert.ok(slices.some((e) => e.name === "read → 1" && e.args.verdict === "has no place in any order"));
  for (const tid of new Set(slices.map((e) => e.tid))) {
    const ends = [];
    for (const e of slices.filter((s) => s.tid === tid).sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
      while (ends.length > 0 && ends.at(-1) <= e.ts + 1e-6) ends.pop();
      assert.ok(ends.length === 0 || e.ts + e.dur <= ends.at(-1) + 1e-6, `${e.name} overlaps`);
      ends.push(e.ts + e.dur);
    }
  }
});
