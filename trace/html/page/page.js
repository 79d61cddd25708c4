// The page as a whole.

function part(name) {
  document.querySelector("main").dataset.part = name;
  for (const b of $("tabs").children) b.setAttribute("aria-current", b.dataset.part === name);
}

const everyTrace = [...document.querySelectorAll("template.trace")];

async function open(n) {
  story = await unpack(everyTrace[n].content.textContent);
  chosen = {};
  folded.clear();
  document.title = `${story.verdict}: ${story.trace}`;
  $("name").textContent = story.trace;
  $("verdict").textContent = story.verdict;
  $("verdict").className = "badge " + ({ violated: "error", unjudged: "warning", accepted: "known" }[story.verdict] ?? "good");
  $("summary").textContent = story.summary.slice(story.summary.indexOf(story.verdict) + story.verdict.length).replace(/^[:,] /, "");
  const warnings = [story.error];
  if (story.left) warnings.push(`This page shows the first ${plural(story.events, "event")}; ${plural(story.left, "event")} behind them were judged, and are not here. checker minimize cuts a trace down to one finding.`);
  if (story.omitted) warnings.push(`${plural(story.omitted, "more finding")} not shown.`);
  if (story.short) warnings.push("Texts are cut, to keep this page small.");
  $("warning").textContent = warnings.filter(w => w).join(" ");
  $("warning").hidden = $("warning").textContent === "";
  const tally = new Map();
  for (const f of story.findings) tally.set(f.rule, (tally.get(f.rule) ?? 0) + 1);
  filters.rule.replaceChildren(element("option", { value: "" }, "any"), ...[...tally.keys()].sort().map(id => element("option", { value: id }, `${id} (${tally.get(id)})`)));
  const parties = new Set([...story.sides, ...story.findings.flatMap(f => f.party.split(", "))].filter(s => s && s !== "os"));
  filters.party.replaceChildren(element("option", { value: "" }, "any"), ...["client", "mapi", "spooler", "provider", "service"].filter(s => parties.has(s)).map(s => element("option", { value: s }, s)));
  $("filters").reset();
  offer();
  filter();
  lanes.look(0, Math.min(story.events, 400));
  drawDetails();
  if (shown.length) choose({ finding: shown[0] });
  requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.ready = n; }));
}

const show = n => open(n).catch(e => {
  $("warning").textContent = `This browser can not show the page: ${e.message}`;
  $("warning").hidden = false;
  throw e;
});

// offer suggests objects for what is written.
function offer() {
  const text = filters.object.value.trim().toLowerCase(), options = [];
  for (let i = 0; i < story.objects.length && options.length < 60; i++) {
    if (!story.objects[i].registration && story.objectNames[i].includes(text)) options.push(element("option", { value: story.objects[i].name }));
  }
  $("objects").replaceChildren(...options);
}

let pause;
filters.object.addEventListener("input", () => { offer(); clearTimeout(pause); pause = setTimeout(filter, 150); });
filters.call.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(filter, 150); });
filters.party.addEventListener("change", filter);
filters.rule.addEventListener("change", filter);
$("filters").addEventListener("submit", e => e.preventDefault());
$("filters").addEventListener("reset", () => setTimeout(() => { offer(); filter(); }));
$("tabs").addEventListener("click", e => { if (e.target.dataset.part) part(e.target.dataset.part); });
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.altKey || e.metaKey || !story) return;
  if (e.key === "Escape") { $("filters").reset(); return; }
  if (e.target.closest("input, select")) return;
  if (e.key === "n") step(1);
  if (e.key === "p") step(-1);
});

for (const [name, says] of [["client", "client"], ["mapi", "MAPI"], ["spooler", "spooler"], ["provider", "provider"], ["service", "service"], ["registration", "registration"]]) {
  $("legend").append(element("li", {}, element("i", { class: "dot " + name }), says));
}
if (everyTrace.length > 1) {
  $("pick").hidden = false;
  everyTrace.forEach((t, n) => $("trace").append(element("option", { value: n }, t.dataset.name)));
  $("trace").addEventListener("change", () => show(+$("trace").value));
}
part("findings");
if (everyTrace.length) show(0);
else $("summary").textContent = "No trace was judged.";
