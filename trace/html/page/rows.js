// What is shown of the story.

let story;
let chosen = {}; // row and finding
let rows = new Int32Array(0); // the calls and marks shown, in order; a mark is ~ its number
let shown = [];  // the findings
let fits;        // by call: 2 if it fits the filters, 1 if it encloses one that does
const folded = new Set();

const findingList = new List($("finding-list"), drawFinding, (n, go) => choose({ finding: shown[n] }, go));
const callList = new List($("call-list"), drawRow, (n, go) => choose({ row: rows[n] }, go));

function drawFinding(n) {
  const f = shown[n];
  return element("div", { role: "option", class: "finding " + f.severity },
    element("span", { class: "head" }, badge(f), element("b", {}, f.rule), element("span", { class: "where" }, `line ${f.line}`),
      element("span", { class: "party" }, f.party)),
    element("span", { class: "message" }, f.message));
}

function badge(f) { return element("span", { class: "badge " + (f.known ? "known" : f.severity) }, f.known ? "known" : f.severity); }

function drawRow(n) {
  const row = rows[n], pins = (story.pinned.get(row) ?? []).filter(f => shown.includes(f));
  const pin = pins.map(f => element("span", { class: "pin " + (f.known ? "known" : f.severity) }, f.rule));
  if (row < 0) {
    const m = story.marks[~row];
    return element("div", { role: "treeitem", "aria-level": 1, class: "row event" },
      element("span", { class: "line" }, m.line), element("span", { class: "thread" }, m.thread === none ? "" : story.threadNames[m.thread]),
      element("span", { class: "text" }, pin, story.text(m.text)));
  }
  const depth = story.depth[row], object = story.object[row], side = story.sides[story.by[row]];
  const e = element("div", { role: "treeitem", "aria-level": depth + 1, class: "row" + (fits[row] === 1 ? " around" : "") },
    element("span", { class: "line" }, story.line[row]), element("span", { class: "thread" }, story.threadNames[story.thread[row]]));
  const fold = element("span", { class: "fold", "aria-hidden": "true" });
  if (story.inside[row]) {
    const closed = folded.has(row);
    e.setAttribute("aria-expanded", !closed);
    fold.textContent = closed ? "▸" : "▾";
    fold.addEventListener("click", event => { event.preventDefault(); setFolded(row, !closed); });
  }
  const text = element("span", { class: "text" }, fold,
    element("i", { class: "dot " + holderClass(side), title: side ? "made by " + side : "" }), pin,
    object === none ? "" : element("span", { class: "on" }, story.objects[object].name + " "),
    element("b", {}, story.title(row)), element("span", { class: "args" }, story.text(story.args[row])));
  text.style.paddingInlineStart = `calc(${Math.min(depth, 24)} * var(--indent))`;
  e.append(text, element("span", { class: "result" + (/MAPI_E_|E_|0x8/.test(story.outcome(row)) ? " failed" : "") }, story.outcome(row)));
  return e;
}

const holderClass = side => ({ client: "client", mapi: "mapi", spooler: "spooler", provider: "provider", service: "service" })[side] ?? "unknown";

// Filters.

const filters = { object: $("object"), party: $("party"), rule: $("rule"), call: $("call") };

function filter() {
  const text = name => filters[name].value.trim();
  const asked = { object: text("object"), party: text("party"), rule: text("rule"), call: text("call").toLowerCase() };
  const any = Object.values(asked).some(t => t !== "");
  const objects = objectsLike(asked.object);
  const isParty = f => asked.party === "" || f.party.split(", ").includes(asked.party);
  const isNamed = call => asked.call === "" || call >= 0 && story.callNames[story.name[call]].includes(asked.call);
  shown = story.findings.filter(f => isParty(f) && (asked.rule === "" || f.rule === asked.rule) && (!objects || objects.has(f.object)) && (asked.call === "" || f.row !== undefined && isNamed(f.row)));

  const told = asked.rule === "" ? undefined : new Set(shown.flatMap(f => [f.row, ...f.history.map(h => story.rowOf.get(h.line)), ...(f.again ?? []).map(l => story.rowOf.get(l))]));
  const made = objects && new Set([...objects].map(o => story.objects[o].call));
  const accused = new Set(shown.map(f => f.row));
  fits = new Uint8Array(story.count);
  let count = 0;
  for (let i = story.count - 1; i >= 0; i--) {
    const fit = (!objects || objects.has(story.object[i]) || made.has(i)) && isNamed(i) && (!told || told.has(i)) &&
      (asked.party === "" || story.sides[story.by[i]] === asked.party || accused.has(i));
    if (fit) { fits[i] = 2; count++; }
    if (fits[i] && story.up[i] !== none && !fits[story.up[i]]) fits[story.up[i]] = 1;
  }
  filtered = { any, objects };
  const { row, finding } = chosen;
  if (finding && !shown.includes(finding)) chosen = fits[row] === 2 || shown.length === 0 ? { row: fits[row] ? row : undefined } : { row: shown[0].row, finding: shown[0] };
  fold();
  lanes.arrange();
  $("clear").disabled = !any;
  $("shown").textContent = any ? `${plural(count, "call")} of ${story.count.toLocaleString("en")}, ${plural(shown.length, "finding")} of ${story.findings.length.toLocaleString("en")}` : "";
  $("findings-title").textContent = `Findings (${shown.length.toLocaleString("en")})`;
  findingList.set(shown.length, shown.indexOf(chosen.finding));
  if (finding !== chosen.finding) choose(chosen);
  findingList.box.dataset.empty = story.findings.length ? "No finding fits the filters." : "Nothing was found.";
  callList.box.dataset.empty = story.count ? "No call fits the filters." : "There are no calls to show.";
}

let filtered = { any: false };

// objectsLike are the objects of that name, or those whose names have the text in them, and what is registered with them; undefined: all.
function objectsLike(text) {
  if (text === "") return undefined;
  const exact = story.objectOf.get(text), found = new Set();
  if (exact !== undefined) found.add(exact);
  else story.objectNames.forEach((name, i) => { if (name.includes(text.toLowerCase())) found.add(i); });
  for (const o of [...found]) for (const r of story.registered[o]) found.add(r);
  return found;
}

// fold finds the rows that are shown: what fits, and is not in a call that is folded.
function fold() {
  const list = [], hidden = new Uint8Array(story.count);
  let mark = 0;
  const marksTo = at => {
    for (; mark < story.marks.length && story.marks[mark].at < at; mark++) {
      if (!filtered.any || (story.pinned.get(~mark) ?? []).some(f => shown.includes(f))) list.push(~mark);
    }
  };
  for (let i = 0; i < story.count; i++) {
    marksTo(story.begin[i]);
    const up = story.up[i];
    hidden[i] = up !== none && (hidden[up] || folded.has(up)) ? 1 : 0;
    if (fits[i] && !hidden[i]) list.push(i);
  }
  marksTo(Infinity);
  rows = Int32Array.from(list);
  callList.set(rows.length, rowAt(chosen.row));
}

// rowAt is where a call or mark stands among the rows.
function rowAt(row) {
  if (row === undefined) return none;
  const n = firstAt(rows.length, story.beginOf(row), n => story.beginOf(rows[n]));
  return rows[n] === row ? n : none;
}

function setFolded(call, closed) {
  if (closed) folded.add(call); else folded.delete(call);
  fold();
}

$("call-list").addEventListener("keydown", e => {
  const row = chosen.row;
  if (row === undefined || row < 0 || e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
  e.preventDefault();
  if (e.key === "ArrowRight") {
    if (folded.has(row)) setFolded(row, false);
    else if (story.inside[row] && rowAt(row) + 1 < rows.length) choose({ row: rows[rowAt(row) + 1] });
  } else if (story.inside[row] && !folded.has(row)) setFolded(row, true);
  else if (story.up[row] !== none) choose({ row: story.up[row] });
});

// choose makes a call, a mark or a finding what the page is about. Asked to go, a small page turns to the details.
function choose(what, go) {
  const finding = what.finding ?? (what.row !== undefined ? (story.pinned.get(what.row) ?? []).find(f => shown.includes(f)) : undefined);
  const row = what.finding ? what.finding.row : what.row;
  chosen = { row, finding };
  let opened = false;
  if (row >= 0) for (let up = story.up[row]; up !== none; up = story.up[up]) opened = folded.delete(up) || opened;
  if (opened) fold();
  findingList.show(shown.indexOf(finding));
  callList.show(rowAt(row));
  lanes.reveal(row, finding?.object ?? none);
  drawDetails();
  if (go) part("about");
}

function step(by) {
  if (shown.length === 0) return;
  const now = shown.indexOf(chosen.finding);
  const next = now === none ? (by > 0 ? 0 : shown.length - 1) : (now + by + shown.length) % shown.length;
  choose({ finding: shown[next] });
}
