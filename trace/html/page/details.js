// Details.

function lineButton(line) {
  const row = story.rowOf.get(line);
  if (row === undefined) return `line ${line}`;
  return element("button", { type: "button", class: "link", onclick: () => choose({ row }) }, `line ${line}`);
}

function objectButton(object) {
  const name = story.objects[object].name;
  return element("button", { type: "button", class: "link", title: "show this object only", onclick: () => only(name) }, name);
}

function only(name) {
  filters.object.value = name;
  filter();
}

function terms(...pairs) {
  return element("dl", {}, pairs.filter(p => p).map(([term, ...content]) => [element("dt", {}, term), element("dd", {}, ...content)]));
}

function drawDetails() {
  const parts = [], { row, finding } = chosen;
  const others = row === undefined ? [] : (story.pinned.get(row) ?? []).filter(f => f !== finding);
  for (const f of [finding, ...others]) if (f) parts.push(aboutFinding(f));
  if (row < 0) parts.push(element("section", {}, element("h3", {}, story.title(row)), terms(["line", `${story.lineOfRow(row)}`], story.marks[~row].thread !== none && ["thread", story.threadNames[story.marks[~row].thread]])));
  if (row >= 0) parts.push(aboutCall(row));
  for (const object of new Set([finding?.object ?? none, row >= 0 ? story.object[row] : none])) {
    if (object !== none) parts.push(aboutObject(object, row));
  }
  if (parts.length === 0) parts.push(element("p", { class: "nothing" }, "Choose a finding or a call."));
  $("details").replaceChildren(...parts);
  $("details").scrollTop = 0;
}

function aboutFinding(f) {
  const rule = story.rules[f.rule];
  const again = (f.again ?? []).flatMap((line, i) => [i ? ", " : "", lineButton(line)]);
  const rest = (f.more ?? 0) - (f.again ?? []).length;
  return element("section", { class: "about " + f.severity },
    element("h3", {}, badge(f), " ", f.rule, " ", element("small", {}, lineButton(f.line))),
    element("p", {}, f.message),
    terms(
      f.known && ["known", f.known],
      ["allowed", f.allowed], ["owed by", f.party], ["rule", `${rule.says} (${rule.level})`],
      ["page", rule.pages.map(([page, address], i) => [i ? ", " : "", element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, page)]).flat()],
      f.implied && ["breaks", f.implied.join(", ") + " as well"],
      f.more && ["again", plural(f.more, "time") + ": ", ...again, rest > 0 ? ` and ${rest} more` : ""],
      f.history.length > 0 && ["history", f.of, element("ol", {}, f.history.map(h => element("li", {}, lineButton(h.line), " ", h.text)))],
      f.row === undefined && ["call", "not among the events that this page has"]));
}

function aboutCall(call) {
  const chain = [];
  for (let up = story.up[call]; up !== none && chain.length < 50; up = story.up[up]) {
    const at = up;
    chain.unshift(element("li", {}, element("button", { type: "button", class: "link", onclick: () => choose({ row: at }) }, story.title(at))));
  }
  const side = story.sides[story.by[call]], lines = [lineButton(story.line[call])];
  if (story.returns[call] && story.endLine[call] !== story.line[call]) lines.push(" to ", lineButton(story.endLine[call]));
  return element("section", {},
    element("h3", {}, story.title(call)),
    terms(
      ["line", ...lines], ["thread", story.threadNames[story.thread[call]]], side && ["made by", side],
      story.object[call] !== none && ["on", objectButton(story.object[call])],
      story.args[call] && ["arguments", element("code", {}, story.text(story.args[call]))],
      ["result", element("code", {}, story.outcome(call))],
      chain.length > 0 && ["within", element("ol", {}, chain)],
      story.inside[call] > 0 && ["contains", plural(story.inside[call], "call")]));
}

function bound([low, high]) {
  if (low === high) return `${low}`;
  if (high === story.unbounded) return low ? `${low} or more` : "not known";
  return `${low} to ${high}`;
}

function aboutObject(object, row) {
  const o = story.objects[object], at = row === undefined ? story.events : story.beginOf(row);
  const until = row >= 0 ? story.end[row] : at;
  const before = story.held(object, at - 1), after = story.held(object, until);
  const cells = h => holders.map((_, i) => element("td", {}, h ? bound(h.slice(2 * i, 2 * i + 2)) : "–"));
  const table = o.registration || !after ? "" : element("table", {},
    element("caption", {}, "references held by"),
    element("thead", {}, element("tr", {}, element("td", {}), holders.map(h => element("th", { scope: "col", class: holderClass(h) }, h)))),
    element("tbody", {}, element("tr", {}, element("th", { scope: "row" }, "before"), cells(before)), element("tr", {}, element("th", { scope: "row" }, "after"), cells(after))));
  const registrations = story.registered[object].filter(r => story.objects[r].born <= until && (story.objects[r].end === none || story.objects[r].end > until));
  const opened = o.call !== none && [element("button", { type: "button", class: "link", onclick: () => choose({ row: o.call }) }, story.title(o.call)), ` in line ${story.lineOf[o.born]}`];
  return element("section", {},
    element("h3", {}, o.name),
    table,
    terms(
      opened && ["born in", ...opened],
      o.up !== none && [o.registration ? "with" : "through", objectButton(o.up)],
      ["ended", o.end === none ? "not in this recording" : element("span", {}, "in ", lineButton(story.lineOf[o.end]))],
      registrations.length > 0 && ["registered", element("ul", {}, registrations.slice(0, 100).map(r => element("li", {}, story.objects[r].name)))]),
    element("p", {}, element("button", { type: "button", onclick: () => only(o.name) }, "Only this object")));
}
