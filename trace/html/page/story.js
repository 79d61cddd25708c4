// What the page does. A trace is unpacked into columns, one number a call in each; "call" and "object" below are places in them. Everything
// that a trace tells is written as text, never as markup.

const none = -1;
const $ = id => document.getElementById(id);

// element makes an element; its content is text and other elements.
function element(tag, properties, ...content) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) e.setAttribute(name, value);
  }
  e.append(...content.flat(Infinity).filter(c => c !== undefined && c !== ""));
  return e;
}

// firstAt is the first place in an ascending list, or behind it, whose number is not below the one asked for.
function firstAt(count, number, of) {
  let low = 0, high = count;
  while (low < high) {
    const middle = low + high >> 1;
    if (of(middle) < number) low = middle + 1; else high = middle;
  }
  return low;
}

const plural = (n, thing) => n.toLocaleString("en") + " " + thing + (n === 1 ? "" : "s");

// The story of one trace.

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Story(JSON.parse(await new Response(stream).text()));
}

class Story {
  constructor(data) {
    Object.assign(this, data);
    const c = data.calls, n = this.count = (c.name ?? []).length;
    const column = list => Int32Array.from(list ?? []);
    this.name = column(c.name); this.args = column(c.args); this.result = column(c.result);
    this.by = column(c.by); this.thread = column(c.thread); this.object = column(c.object);
    this.up = new Int32Array(n); this.depth = new Int32Array(n); this.inside = new Int32Array(n);
    this.begin = new Int32Array(n); this.end = new Int32Array(n); this.returns = new Uint8Array(n);
    this.line = new Float64Array(n); this.endLine = new Float64Array(n);
    this.lineOf = new Float64Array(this.events);
    this.rowOf = new Map(); // of a line: the call that begins or ends there, or the mark
    for (let i = 0, begin = 0, line = 0; i < n; i++) {
      this.begin[i] = begin += c.begin[i];
      this.line[i] = line += c.line[i];
      this.up[i] = c.up[i] ? i - c.up[i] : none;
      this.returns[i] = c.end[i] ? 1 : 0;
      this.end[i] = c.end[i] ? begin + c.end[i] : this.events;
      this.endLine[i] = line + c.endLine[i];
      this.lineOf[begin] = line;
      if (c.end[i]) this.lineOf[this.end[i]] = this.endLine[i];
      if (this.up[i] !== none) {
        this.depth[i] = this.depth[this.up[i]] + 1;
        this.inside[this.up[i]]++;
      }
    }
    this.marks = data.marks.map(([at, thread, text, line]) => ({ at, thread, text, line }));
    this.marks.forEach((m, i) => { this.lineOf[m.at] = m.line; this.rowOf.set(m.line, ~i); });
    for (let i = n - 1; i >= 0; i--) {
      if (this.returns[i] && !this.rowOf.has(this.endLine[i])) this.rowOf.set(this.endLine[i], i);
    }
    for (let i = n - 1; i >= 0; i--) this.rowOf.set(this.line[i], i);
    // An address may be used again by another object: its name is told apart then.
    const used = new Map();
    this.registered = this.objects.map(() => []);
    this.objects.forEach((o, i) => {
      const times = (used.get(o.name) ?? 0) + 1;
      used.set(o.name, times);
      if (times > 1) o.name += ` (${times})`;
      if (o.registration && o.up !== none) this.registered[o.up].push(i);
      o.holds = holdings(o.holds ?? []);
    });
    this.objectOf = new Map(this.objects.map((o, i) => [o.name, i]));
    this.objectNames = this.objects.map(o => o.name.toLowerCase());
    this.callNames = this.texts.map(t => t.toLowerCase());
    this.findings.forEach((f, i) => { f.number = i; });
    this.pinned = new Map(); // by row: findings
    for (const f of this.findings) {
      const row = f.call !== none ? f.call : this.rowOf.get(f.line);
      f.row = row ?? undefined;
      if (f.row !== undefined) this.pinned.set(f.row, [...this.pinned.get(f.row) ?? [], f]);
    }
    const ids = new Set(this.threads.map(t => t[0]));
    this.threadNames = this.threads.map(([pid, tid]) => ids.size > 1 ? `P${pid} T${tid}` : `T${tid}`);
  }

  text(i) { return this.texts[i]; }
  title(row) { return row < 0 ? this.text(this.marks[~row].text) : this.text(this.name[row]); }
  lineOfRow(row) { return row < 0 ? this.marks[~row].line : this.line[row]; }
  beginOf(row) { return row < 0 ? this.marks[~row].at : this.begin[row]; }

  // result of a call, short.
  outcome(call) { return this.returns[call] ? this.text(this.result[call]) : "never returns"; }

  // held is who holds an object after an event, or undefined before it is known.
  held(object, at) {
    const h = this.objects[object].holds;
    const i = firstAt(h.at.length, at + 1, i => h.at[i]) - 1;
    return i < 0 ? undefined : h.counts.subarray(8 * i, 8 * i + 8);
  }
}

// holdings unpacks the changes of who holds an object: at which events, and eight counts for each.
function holdings(list) {
  const n = list.length / 9, h = { at: new Int32Array(n), counts: new Int32Array(8 * n) };
  for (let i = 0, at = 0; i < n; i++) {
    h.at[i] = at += list[9 * i];
    h.counts.set(list.slice(9 * i + 1, 9 * i + 9), 8 * i);
  }
  return h;
}

const holders = ["client", "mapi", "provider", "all"];
