// A list shows the rows of a long list that are in view.
class List {
  constructor(box, draw, choose) {
    Object.assign(this, { box, draw, choose, count: 0, active: none });
    this.inner = element("div", { role: "presentation", class: "rows" });
    box.append(this.inner);
    box.addEventListener("scroll", () => this.soon());
    box.addEventListener("keydown", e => this.key(e));
    // A row that is drawn anew between the press and its end gets no click.
    this.inner.addEventListener("pointerdown", () => { this.pressed = true; });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => {
      if (this.pressed) this.soon();
      this.pressed = false;
    });
    box.addEventListener("click", e => {
      const n = Math.floor((e.clientY - this.inner.getBoundingClientRect().top) / this.height);
      if (!e.defaultPrevented && n >= 0 && n < this.count) this.choose(n, true);
    });
    new ResizeObserver(() => this.soon()).observe(box);
  }

  set(count, active) {
    this.count = count;
    this.active = active;
    this.soon();
  }

  soon() { this.due ??= requestAnimationFrame(() => { this.due = undefined; this.render(); }); }

  get height() { return parseFloat(getComputedStyle(this.box).getPropertyValue("--row")); }

  render() {
    if (this.pressed) return;
    const height = this.height;
    this.inner.style.height = this.count * height + "px";
    if (this.wanted !== undefined) {
      const top = this.wanted * height, room = this.box.clientHeight;
      if (top < this.box.scrollTop || top + height > this.box.scrollTop + room) this.box.scrollTop = top - (room - height) / 2;
      if (room > 0) this.wanted = undefined;
    }
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - 4);
    const last = Math.min(this.count, Math.ceil((this.box.scrollTop + this.box.clientHeight) / height) + 4);
    const rows = [];
    for (let n = first; n < last; n++) {
      const row = this.draw(n);
      row.id = this.box.id + "-" + n;
      row.style.top = n * height + "px";
      row.setAttribute("aria-posinset", n + 1);
      row.setAttribute("aria-setsize", this.count);
      row.setAttribute("aria-selected", n === this.active);
      rows.push(row);
    }
    if (rows.length === 0) rows.push(element("p", { class: "nothing" }, this.box.dataset.empty ?? "nothing"));
    this.inner.replaceChildren(...rows);
    if (this.active >= first && this.active < last) this.box.setAttribute("aria-activedescendant", this.box.id + "-" + this.active);
    else this.box.removeAttribute("aria-activedescendant");
  }

  // show marks a row and has it in view.
  show(n) {
    this.active = n;
    if (n !== none) this.wanted = n;
    this.soon();
  }

  key(e) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
    const to = {
      ArrowDown: this.active + 1, ArrowUp: Math.max(this.active, 1) - 1, Home: 0, End: this.count - 1,
      PageDown: this.active + page, PageUp: Math.max(this.active, 0) - page, Enter: this.active, " ": this.active,
    }[e.key];
    if (to === undefined || this.count === 0 || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    this.choose(Math.max(0, Math.min(this.count - 1, to)), e.key === "Enter" || e.key === " ");
  }
}
