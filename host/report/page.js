// Theme, contents, tooltips, sorting and copying. The page reads without any of it.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Colours: those of the system unless one is chosen. A page that may not remember still works.
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("chipemu-theme");
      localStorage.setItem("chipemu-theme", value);
    } catch { /* storage is closed to this page */ }
    return null;
  };
  const choose = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of all("[data-set-theme]"))
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
  };
  for (const button of all("[data-set-theme]"))
    button.addEventListener("click", () => {
      choose(button.dataset.setTheme);
      remembered(button.dataset.setTheme);
    });
  const before = remembered();
  if (before === "light" || before === "dark") choose(before);

  // Contents: the part that is being read.
  const links = new Map(all(".contents a").map((a) => [a.getAttribute("href").slice(1), a]));
  const mark = () => {
    const parts = all("main > section");
    const top = parts.filter((part) => part.getBoundingClientRect().top < 140).pop() || parts[0];
    const end = window.innerHeight + window.scrollY > document.body.scrollHeight - 4;
    const here = end && window.scrollY > 0 ? parts[parts.length - 1] : top;
    for (const [id, link] of links)
      if (here && id === here.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  mark();

  // Tooltips of whatever has data-tip, by pointer and by keyboard.
  const tip = document.getElementById("tip");
  const hide = () => { tip.hidden = true; };
  const show = (target, x, y) => {
    tip.textContent = target.dataset.tip;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, x + 12), innerWidth - box.width - 8);
    const below = y + 16 + box.height < innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${below ? y + 16 : y - box.height - 10}px`;
  };
  const tipped = (event) => event.target.closest && event.target.closest("[data-tip]");
  for (const kind of ["pointermove", "pointerdown"])
    addEventListener(kind, (event) => {
      const target = tipped(event);
      if (target) show(target, event.clientX, event.clientY);
      else hide();
    });
  addEventListener("focusin", (event) => {
    const target = tipped(event);
    if (!target) return hide();
    const box = target.getBoundingClientRect();
    show(target, box.left, box.bottom - 10);
  });
  addEventListener("focusout", hide);
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true, capture: true });

  // Boxes that scroll can be reached by keyboard, others need not be.
  const reach = () => {
    const boxes = all(".scroll");
    const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth); // all before any change
    boxes.forEach((box, k) => {
      if (scrolls[k]) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  };
  addEventListener("resize", reach);
  addEventListener("toggle", reach, { capture: true });
  reach();

  // Tables: a click on a head sorts by it, a second one the other way round.
  const order = (a, b) => {
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    const [x, y] = [Number(a), Number(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return a.localeCompare(b, undefined, { numeric: true });
    return x - y;
  };
  for (const table of all("table[data-sortable]")) {
    const heads = [...table.querySelectorAll("thead th")];
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [row.cells[column].dataset.key, row]);
      const known = rows.filter(([key]) => key !== undefined).sort(([a], [b]) => order(a, b));
      if (down) known.reverse();
      const unknown = rows.filter(([key]) => key === undefined);
      for (const [, row] of [...known, ...unknown]) body.append(row);
    }));
  }

  // Copying, also where the clipboard is closed to files.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  for (const button of all("[data-copy]"))
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      const done = await copy(source.textContent);
      button.textContent = done ? "copied" : "select it and press Ctrl+C";
      setTimeout(() => { button.textContent = "copy"; }, 1600);
    });
})();
