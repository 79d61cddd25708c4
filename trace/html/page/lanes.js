// Lanes: a canvas of what is in view, as high as its box, in a box that is scrolled over the height of all lanes.

const lanes = (() => {
  const box = $("lane-scroll"), canvas = $("canvas"), pen = canvas.getContext("2d");
  const ruler = 40, bar = 15, deepest = 8, life = 20, chart = 24, strip = 8, mostStrips = 6;
  let list = [], total = 0, gutter = 150, width = 0, height = 0, due, theme;
  let view = { from: 0, to: 1 }, cursor = none;

  function readTheme() {
    const style = getComputedStyle(document.documentElement), read = name => style.getPropertyValue("--" + name).trim();
    theme = {};
    for (const name of ["ink", "soft", "faint", "paper", "shade", "rule", "choice", "client", "mapi", "spooler", "provider", "service", "unknown", "registration", "error", "warning", "note", "known"]) theme[name] = read(name);
    theme.small = "11px " + read("sans");
    theme.bold = "600 12px " + read("sans");
  }

  const soon = () => { due ??= requestAnimationFrame(() => { due = undefined; draw(); }); };

  // arrange makes the lanes of what fits the filters.
  function arrange() {
    const rowsOf = story.threads.map(() => []), callsOf = story.objects.map(() => undefined);
    for (let i = 0; i < story.count; i++) {
      if (!fits[i]) continue;
      const rows = rowsOf[story.thread[i]];
      (rows[Math.min(story.depth[i], deepest - 1)] ??= []).push(i);
      if (story.object[i] !== none && (fits[i] === 2 || !filtered.any)) (callsOf[story.object[i]] ??= []).push(i);
    }
    const pinned = Map.groupBy(shown.filter(f => f.at !== none), threadOf), accused = Map.groupBy(shown, f => laneOf(f.object));
    list = [];
    rowsOf.forEach((rows, index) => {
      if (rows.length === 0 && !pinned.has(index)) return;
      list.push({ kind: "thread", index, name: "thread " + story.threadNames[index], rows, high: 12 + bar * Math.max(1, rows.length), pins: pinned.get(index) ?? [] });
    });
    story.objects.forEach((o, index) => {
      if (o.registration && o.up !== none) return;
      const wanted = filtered.objects ? filtered.objects.has(index) : !filtered.any || callsOf[index] || accused.has(index);
      if (!wanted) return;
      const strips = packStrips(story.registered[index]);
      const h = o.holds, charted = h.at.length > 0 && h.counts.some((n, i) => i % 2 && n !== story.unbounded);
      list.push({ kind: "object", index, name: o.name, calls: callsOf[index] ?? [], strips, charted, high: 8 + life + (charted ? chart : 0) + strip * strips.length, pins: (accused.get(index) ?? []).filter(f => f.at !== none) });
    });
    total = 0;
    for (const lane of list) { lane.top = total; total += lane.high; }
    cursor = Math.min(cursor, list.length - 1);
    size();
  }

  // laneOf is the object in whose lane an object is drawn: a registration in that of what it is with.
  const laneOf = object => object !== none && story.objects[object].registration && story.objects[object].up !== none ? story.objects[object].up : object;
  const threadOf = f => f.row === undefined ? none : f.row < 0 ? story.marks[~f.row].thread : story.thread[f.row];

  // packStrips puts registrations that overlap on strips below each other.
  function packStrips(registrations) {
    const strips = [];
    for (const r of registrations) {
      const o = story.objects[r];
      let strip = strips.find(s => s.free <= o.born);
      if (!strip) {
        if (strips.length < mostStrips) strips.push(strip = { free: 0, of: [] }); else strip = strips.at(-1);
      }
      strip.of.push(r);
      strip.free = o.end === none ? Infinity : o.end;
    }
    return strips;
  }

  function size() {
    width = box.clientWidth;
    height = box.clientHeight;
    gutter = width < 600 ? 104 : 170;
    const fine = devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * fine));
    canvas.height = Math.max(1, Math.round(height * fine));
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    $("lane-height").style.height = Math.max(0, ruler + total - height) + "px";
    soon();
  }

  const scale = () => (width - gutter) / (view.to - view.from);
  const xOf = at => gutter + (at - view.from) * scale();
  const atOf = x => view.from + (x - gutter) / scale();
  const first = () => firstAt(list.length, box.scrollTop, n => list[n].top + list[n].high);

  function draw() {
    if (!story || width < 1 || height < 1) return;
    const fine = devicePixelRatio || 1;
    pen.setTransform(fine, 0, 0, fine, 0, 0);
    pen.fillStyle = theme.paper;
    pen.fillRect(0, 0, width, height);
    pen.textBaseline = "middle";
    pen.font = theme.small;
    pen.save();
    pen.beginPath();
    pen.rect(0, ruler, width, height - ruler);
    pen.clip();
    for (let n = first(); n < list.length; n++) {
      const y = ruler + list[n].top - box.scrollTop;
      if (y > height) break;
      drawLane(list[n], y, n);
    }
    if (list.length === 0) label(story.count ? "No lane fits the filters." : "There are no calls to show.", 12, ruler + 24, width, theme.soft);
    drawChosen();
    pen.restore();
    drawRuler();
    canvas.dataset.drawn = list.length;
  }

  function label(text, x, y, room, color, font) {
    if (room < 14) return;
    pen.font = font ?? theme.small;
    pen.fillStyle = color;
    if (pen.measureText(text).width > room) {
      let low = 0, high = text.length;
      while (low < high) {
        const middle = low + high + 1 >> 1;
        if (pen.measureText(text.slice(0, middle) + "…").width <= room) low = middle; else high = middle - 1;
      }
      text = low < 3 ? "" : text.slice(0, low) + "…";
    }
    pen.fillText(text, x, y);
  }

  // name writes the name of a call, without its interface where there is no room for that.
  function name(call, x, y, room) {
    const long = story.title(call);
    label(pen.measureText(long).width > room ? long.replace(/^.*::/, "") : long, x, y, room, theme.paper);
  }

  function drawLane(lane, y, n) {
    if (n % 2) {
      pen.fillStyle = theme.shade;
      pen.fillRect(0, y, width, lane.high);
    }
    pen.save();
    pen.beginPath();
    pen.rect(gutter, y, width - gutter, lane.high);
    pen.clip();
    if (lane.kind === "thread") drawThread(lane, y); else drawObject(lane, y);
    drawPins(lane, y);
    pen.restore();
    pen.fillStyle = theme.rule;
    pen.fillRect(0, y + lane.high - 1, width, 1);
    pen.fillRect(gutter - 1, y, 1, lane.high);
    if (lane.kind === "thread") label(lane.name, 8, y + 15, gutter - 16, theme.ink, theme.bold);
    else {
      const cut = lane.name.lastIndexOf(" 0x"), two = cut > 0 && lane.high > 40;
      label(two ? lane.name.slice(0, cut) : lane.name, 8, y + 14, gutter - 16, theme.ink);
      if (two) label(lane.name.slice(cut + 1), 8, y + 31, gutter - 16, theme.soft);
    }
    if (n === cursor && document.activeElement === box) {
      pen.strokeStyle = theme.choice;
      pen.lineWidth = 2;
      pen.strokeRect(1, y + 1, width - 2, lane.high - 3);
    }
  }

  // eachCall visits calls in view, of a list in the order in which they begin, but not two of them that begin in one pixel.
  function eachCall(calls, visit) {
    let n = Math.max(0, firstAt(calls.length, view.from, n => story.begin[calls[n]]) - 20);
    for (; n < calls.length && story.begin[calls[n]] < view.to;) {
      const call = calls[n], x = xOf(story.begin[call]);
      visit(call, x, Math.max(1, xOf(story.end[call]) - x - 0.5));
      n = Math.max(n + 1, x < gutter ? 0 : firstAt(calls.length, atOf(Math.floor(x) + 1), n => story.begin[calls[n]]));
    }
  }

  const colorOf = call => theme[holderClass(story.sides[story.by[call]])];

  function drawThread(lane, y) {
    lane.rows.forEach((calls, depth) => {
      const top = y + 10 + depth * bar;
      eachCall(calls, (call, x, w) => {
        pen.globalAlpha = fits[call] === 1 && filtered.any ? 0.35 : story.returns[call] ? 1 : 0.6;
        pen.fillStyle = colorOf(call);
        pen.fillRect(x, top, w, bar - 2);
        pen.globalAlpha = 1;
        const from = Math.max(x, gutter) + 3;
        if (x + w - from > 24) name(call, from, top + bar / 2 - 0.5, x + w - from - 3);
      });
    });
  }

  function drawObject(lane, y) {
    const o = story.objects[lane.index], middle = y + 4 + life / 2;
    const end = o.end === none ? story.events : o.end;
    pen.fillStyle = theme.faint;
    pen.fillRect(xOf(o.born), middle - 2, Math.max(2, xOf(end) - xOf(o.born)), 4);
    if (o.end !== none) pen.fillRect(xOf(end) - 1, middle - 6, 2, 12);
    eachCall(lane.calls, (call, x, w) => {
      pen.fillStyle = colorOf(call);
      pen.globalAlpha = 0.9;
      pen.fillRect(x, middle - 6, Math.max(2, w), 12);
      pen.globalAlpha = 1;
      const from = Math.max(x, gutter) + 3;
      if (x + w - from > 24) name(call, from, middle + 0.5, x + w - from - 3);
    });
    if (lane.charted) drawCounts(o, y + 4 + life, end);
    lane.strips.forEach((s, n) => {
      const top = y + 4 + life + (lane.charted ? chart : 0) + n * strip;
      for (const r of s.of) {
        const x = xOf(story.objects[r].born), to = story.objects[r].end === none ? story.events : story.objects[r].end;
        if (x > width || xOf(to) < gutter) continue;
        pen.fillStyle = theme.registration;
        pen.fillRect(x, top + 1, Math.max(2, xOf(to) - x), strip - 3);
      }
    });
  }

  // drawCounts draws who holds how many references: all together as an area, each holder as a line.
  function drawCounts(o, top, end) {
    const h = o.holds, n = h.at.length;
    let most = 1;
    for (let i = 0; i < 8 * n; i += 2) most = Math.max(most, h.counts[i]);
    const y = count => top + chart - 4 - (chart - 8) * count / most;
    const from = Math.max(0, firstAt(n, view.from, i => h.at[i]) - 1);
    const next = i => i + 1 < n ? h.at[i + 1] : end;
    const steps = (slot, visit) => {
      for (let i = from; i < n && h.at[i] < view.to;) {
        const x = xOf(h.at[i]);
        let j = i + 1;
        if (x >= gutter) j = Math.max(j, firstAt(n, atOf(Math.floor(x) + 1), k => h.at[k]));
        const last = j - 1; // of those in one pixel
        visit(h.counts[8 * last + slot], x, xOf(next(last)), h.counts[8 * last + slot + 1]);
        i = j;
      }
    };
    pen.fillStyle = theme.faint;
    pen.globalAlpha = 0.5;
    steps(6, (count, x, to) => pen.fillRect(x, y(count), to - x, top + chart - 4 - y(count)));
    pen.globalAlpha = 1;
    holders.slice(0, 3).forEach((holder, slot) => {
      pen.strokeStyle = theme[holder];
      pen.lineWidth = 1.5;
      pen.beginPath();
      let was = 0;
      steps(2 * slot, (count, x, to) => {
        const shift = slot * 1.5 - 1.5;
        if (count === 0 && was === 0) { pen.moveTo(to, y(0) + shift); return; }
        pen.lineTo(x, y(was) + shift);
        pen.lineTo(x, y(count) + shift);
        pen.lineTo(to, y(count) + shift);
        was = count;
      });
      pen.stroke();
    });
    steps(6, (count, x, to, high) => {
      const at = Math.max(x, gutter) + 3;
      const text = bound([count, high]);
      if (pen.measureText(text).width < to - at - 2) label(text, at, top + chart / 2 - 2, to - at, theme.ink);
    });
  }

  function drawPins(lane, y) {
    let free = -Infinity;
    for (const f of lane.pins) {
      const x = xOf(f.at + 0.5);
      if (x < gutter - 6 || x > width + 6 || x < free && f !== chosen.finding) continue;
      free = x + 3;
      pen.fillStyle = f.known ? theme.known : theme[f.severity];
      pen.beginPath();
      pen.moveTo(x - 5, y + 1);
      pen.lineTo(x + 5, y + 1);
      pen.lineTo(x, y + 10);
      pen.fill();
    }
  }

  function drawChosen() {
    const row = chosen.row;
    if (row === undefined) return;
    const x = xOf(story.beginOf(row)), to = row < 0 ? x : xOf(story.end[row]);
    if (to < gutter || x > width) return;
    pen.fillStyle = theme.choice;
    pen.globalAlpha = 0.12;
    pen.fillRect(Math.max(gutter, x), ruler, Math.max(2, to - Math.max(gutter, x)), height);
    pen.globalAlpha = 1;
    if (x >= gutter) pen.fillRect(x - 0.5, ruler, 1.5, height);
  }

  // drawRuler draws the whole trace with the part in view, and the lines of that part.
  function drawRuler() {
    pen.fillStyle = theme.paper;
    pen.fillRect(0, 0, width, ruler);
    const room = width - gutter, whole = at => gutter + at / Math.max(1, story.events) * room;
    pen.fillStyle = theme.shade;
    pen.fillRect(gutter, 2, room, 14);
    for (const worst of ["known", "note", "warning", "error"]) { // the worst in front
      let free = -1;
      for (const f of shown) {
        const x = Math.floor(whole(f.at));
        if (f.at === none || x === free || (f.known ? "known" : f.severity) !== worst) continue;
        free = x;
        pen.fillStyle = theme[worst];
        pen.fillRect(x, 3, 2, 12);
      }
    }
    pen.strokeStyle = theme.choice;
    pen.lineWidth = 1.5;
    pen.strokeRect(whole(Math.max(0, view.from)) + 0.75, 2.75, Math.max(4, whole(Math.min(story.events, view.to)) - whole(Math.max(0, view.from)) - 1.5), 12.5);
    label("whole trace", 8, 9, gutter - 16, theme.soft);
    label("line", 8, 28, gutter - 16, theme.soft);
    const least = (view.to - view.from) * 80 / room;
    let unit = 1;
    for (let k = 0; unit < least; k++) unit = [1, 2, 5][k % 3] * 10 ** Math.floor(k / 3);
    for (let at = Math.max(0, Math.ceil(view.from / unit) * unit); at < Math.min(view.to, story.events); at += unit) {
      const x = xOf(at);
      pen.fillStyle = theme.rule;
      pen.fillRect(x, 22, 1, ruler - 22);
      label(`${story.lineOf[at]}`, x + 3, 28, width - x, theme.soft);
    }
    pen.fillStyle = theme.rule;
    pen.fillRect(0, ruler - 1, width, 1);
  }

  function look(from, to) {
    const least = Math.min(12, story.events || 1), most = Math.max(1, story.events) * 1.02 + 1;
    let span = Math.min(most, Math.max(least, to - from));
    from = (from + to - span) / 2;
    from = Math.max(-0.01 * span, Math.min(from, Math.max(1, story.events) + 0.01 * span - span));
    if (span >= most) from = -0.01 * span;
    view = { from, to: from + span };
    soon();
  }

  const zoom = (by, at = (view.from + view.to) / 2) => look(at - (at - view.from) * by, at + (view.to - at) * by);
  const pan = by => look(view.from + by, view.to + by);

  // reveal moves what is in view so that a call or mark is, in the lane of the object that it is about.
  function reveal(row, about) {
    if (row === undefined) { soon(); return; }
    const at = story.beginOf(row), span = view.to - view.from;
    if (at < view.from + 0.05 * span || at > view.to - 0.05 * span) look(at - span / 2, at + span / 2);
    const object = laneOf(about !== none ? about : row < 0 ? none : story.object[row]);
    if (row >= 0) say({ row }); else say({});
    const n = list.findIndex(l => object === none ? l.kind === "thread" && row >= 0 && l.index === story.thread[row] : l.kind === "object" && l.index === object);
    if (n !== none) {
      cursor = n;
      const lane = list[n];
      if (lane.top < box.scrollTop || lane.top + lane.high > box.scrollTop + height - ruler) box.scrollTop = lane.top - (height - ruler - lane.high) / 2;
    }
    soon();
  }

  // The call, or the finding, at a point.
  function hit(x, y) {
    const down = y - ruler + box.scrollTop, n = firstAt(list.length, down + 0.001, n => list[n].top + list[n].high), lane = list[n];
    if (y < ruler || !lane) return {};
    if (x < gutter) return { lane, n };
    const pin = down - lane.top < 12 && lane.pins.find(f => Math.abs(xOf(f.at + 0.5) - x) < 8);
    if (pin) return { lane, n, finding: pin };
    const calls = lane.kind === "object" ? lane.calls : lane.rows[Math.max(0, Math.min(lane.rows.length - 1, Math.floor((down - lane.top - 10) / bar)))] ?? [];
    let near, best = 8;
    const at = firstAt(calls.length, atOf(x + 8), n => story.begin[calls[n]]);
    for (let k = at - 1; k >= 0 && k >= at - 60; k--) {
      const from = xOf(story.begin[calls[k]]), to = Math.max(from + 1, xOf(story.end[calls[k]]));
      const off = x < from ? from - x : x > to ? x - to : 0;
      if (off < best) { best = off; near = calls[k]; }
    }
    return { lane, n, row: near };
  }

  function say(where) {
    if (where.finding) $("lane-now").textContent = `${where.finding.rule}, line ${where.finding.line}: ${where.finding.message}`;
    else if (where.row !== undefined) {
      const o = story.object[where.row], h = o === none ? undefined : story.held(o, story.end[where.row]);
      const refs = h && h[7] !== story.unbounded ? ` · references after it: ${holders.map((name, i) => `${name} ${bound(h.slice(2 * i, 2 * i + 2))}`).join(", ")}` : "";
      $("lane-now").textContent = `line ${story.line[where.row]} · ${o === none ? "" : story.objects[o].name + " "}${story.title(where.row)} ${story.outcome(where.row)}${refs}`;
    } else $("lane-now").textContent = where.lane ? where.lane.name : "";
  }

  const points = new Map();
  let moved = 0, spread;
  const place = e => { const r = canvas.getBoundingClientRect(); return { x: e.clientX - r.left, y: e.clientY - r.top }; };
  canvas.addEventListener("pointerdown", e => {
    points.set(e.pointerId, place(e));
    if (points.size === 1) moved = 0;
    spread = undefined;
    const p = place(e);
    if (p.y < 18 && p.x >= gutter) jump(p.x);
  });
  canvas.addEventListener("pointermove", e => {
    const p = place(e), was = points.get(e.pointerId);
    if (!was) { say(hit(p.x, p.y)); return; }
    points.set(e.pointerId, p);
    if (points.size === 2) {
      const [a, b] = [...points.values()], now = Math.max(20, Math.abs(a.x - b.x)), middle = (a.x + b.x) / 2;
      if (spread) zoom(spread / now, atOf(middle));
      spread = now;
      moved = 99;
      return;
    }
    moved += Math.abs(p.x - was.x) + Math.abs(p.y - was.y);
    if (was.y < 18 && was.x >= gutter) jump(p.x);
    else if (moved > 4) {
      canvas.setPointerCapture(e.pointerId);
      pan((was.x - p.x) / scale());
      if (e.pointerType === "mouse") box.scrollTop += was.y - p.y;
    }
  });
  const jump = x => {
    const at = (x - gutter) / (width - gutter) * story.events, span = view.to - view.from;
    look(at - span / 2, at + span / 2);
  };
  for (const over of ["pointerup", "pointercancel"]) canvas.addEventListener(over, e => {
    const p = points.get(e.pointerId);
    points.delete(e.pointerId);
    spread = undefined;
    if (over === "pointercancel" || !p || moved > 4 || p.y < ruler) return;
    const where = hit(p.x, p.y);
    if (where.n !== undefined) cursor = where.n;
    if (where.finding) choose({ finding: where.finding }, true);
    else if (where.row !== undefined) choose({ row: where.row }, true);
    else if (where.lane?.kind === "object" && p.x < gutter) only(filters.object.value === where.lane.name ? "" : where.lane.name);
    say(where);
    soon();
  });
  canvas.addEventListener("wheel", e => {
    if (e.ctrlKey || e.metaKey) zoom(Math.exp(e.deltaY * 0.01), atOf(place(e).x));
    else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) pan((e.deltaX || e.deltaY) / scale());
    else return; // it scrolls
    e.preventDefault();
  }, { passive: false });

  box.addEventListener("keydown", e => {
    if (e.ctrlKey || e.altKey || e.metaKey || !list.length) return;
    const span = view.to - view.from, lane = list[cursor];
    const doing = {
      "+": () => zoom(0.5, middle()), "=": () => zoom(0.5, middle()), "-": () => zoom(2, middle()), "0": () => look(0, story.events),
      ArrowDown: () => toLane(cursor + 1), ArrowUp: () => toLane(cursor - 1), Home: () => toLane(0), End: () => toLane(list.length - 1),
      PageDown: () => toLane(cursor + 5), PageUp: () => toLane(cursor - 5),
      ArrowRight: () => e.shiftKey ? pan(span / 4) : along(1), ArrowLeft: () => e.shiftKey ? pan(-span / 4) : along(-1),
      Enter: () => lane?.kind === "object" && only(filters.object.value === lane.name ? "" : lane.name),
    }[e.key];
    if (!doing) return;
    e.preventDefault();
    doing();
  });
  const middle = () => {
    const at = chosen.row === undefined ? none : story.beginOf(chosen.row);
    return at >= view.from && at <= view.to ? at : (view.from + view.to) / 2;
  };
  function toLane(n) {
    cursor = Math.max(0, Math.min(list.length - 1, n));
    const lane = list[cursor];
    if (lane.top < box.scrollTop) box.scrollTop = lane.top;
    if (lane.top + lane.high > box.scrollTop + height - ruler) box.scrollTop = lane.top + lane.high - height + ruler;
    say({ lane });
    soon();
  }
  // along goes to the call before or after, in the lane.
  function along(by) {
    const lane = list[Math.max(0, cursor)];
    const calls = lane.kind === "object" ? lane.calls : lane.rows.flat().sort((a, b) => a - b);
    if (calls.length === 0) return;
    const now = chosen.row >= 0 ? firstAt(calls.length, chosen.row, n => calls[n]) : by > 0 ? 0 : calls.length;
    const n = by < 0 ? now - 1 : calls[now] === chosen.row ? now + 1 : now;
    if (n < 0 || n >= calls.length) return;
    const keep = cursor;
    choose({ row: calls[n] });
    cursor = keep;
    toLane(keep);
    say({ row: calls[n] });
  }

  box.addEventListener("scroll", soon);
  box.addEventListener("focus", () => { cursor = Math.max(0, cursor); soon(); });
  box.addEventListener("blur", soon);
  new ResizeObserver(size).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readTheme(); soon(); });
  $("closer").addEventListener("click", () => zoom(0.5, middle()));
  $("wider").addEventListener("click", () => zoom(2, middle()));
  $("all").addEventListener("click", () => look(0, story.events));
  readTheme();
  return { arrange, reveal, look };
})();
