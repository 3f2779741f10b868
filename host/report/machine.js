// The machine: layers to choose, zoom, and chips to walk by keys. Without it the populations show.
(() => {
  "use strict";
  for (const root of document.querySelectorAll(".machine")) {
    const svg = root.querySelector(".machine-view svg");
    const chips = [...svg.querySelectorAll("[data-at]")];
    const hexes = chips.map((chip) => chip.querySelector(".mp-hex"));
    const buttons = [...root.querySelectorAll("[data-set-layer]")];
    const legends = [...root.querySelectorAll("[data-legend]")];
    for (const bar of root.querySelectorAll(".machine-bar")) bar.hidden = false;

    // Layers: a digit for each chip is the colour of its load.
    const choose = (layer) => {
      const levels = root.querySelector(`[data-legend="${layer}"]`).dataset.levels;
      root.dataset.layer = layer;
      hexes.forEach((hex, k) => {
        const level = levels ? levels[k] : "";
        hex.style.fill = !levels ? "" : level === "-" ? "var(--mp-unused)" : `var(--mp-load${level})`;
      });
      for (const legend of legends) legend.hidden = legend.dataset.legend !== layer;
      for (const button of buttons)
        button.setAttribute("aria-pressed", String(button.dataset.setLayer === layer));
    };
    for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.setLayer));
    choose("populations");

    // Zoom: the view box is a part of the whole one, which never leaves it.
    const whole = svg.viewBox.baseVal;
    const [left, top, width, height] = [whole.x, whole.y, whole.width, whole.height];
    let view = { x: left, y: top, width, height };
    const MOST = 12;
    const show = () => {
      view.x = Math.min(Math.max(view.x, left), left + width - view.width);
      view.y = Math.min(Math.max(view.y, top), top + height - view.height);
      svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
      svg.classList.toggle("is-zoomed", view.width < 0.999 * width);
    };
    const inside = (x, y) => {
      const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());
      return [at.x, at.y];
    };
    const zoom = (factor, x, y) => {
      const wide = Math.min(width, Math.max(width / MOST, view.width / factor));
      const part = wide / view.width;
      view = { x: x - (x - view.x) * part, y: y - (y - view.y) * part, width: wide, height: view.height * part };
      show();
    };
    const centre = () => [view.x + view.width / 2, view.y + view.height / 2];
    const steps = { in: () => zoom(1.5, ...centre()), out: () => zoom(1 / 1.5, ...centre()), all: () => zoom(0, ...centre()) };
    for (const button of root.querySelectorAll("[data-zoom]"))
      button.addEventListener("click", () => steps[button.dataset.zoom]());

    // The wheel zooms with Ctrl, as pinching a touchpad does, or once the machine has the focus.
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey && !svg.contains(document.activeElement)) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), ...inside(event.clientX, event.clientY));
    }, { passive: false });

    // Pointers: one moves a part that is zoomed into, two pinch; a tap tells of a chip.
    const down = new Map();
    let moved = false;
    const span = () => {
      const [a, b] = [...down.values()];
      return [Math.hypot(a.x - b.x, a.y - b.y), (a.x + b.x) / 2, (a.y + b.y) / 2];
    };
    svg.addEventListener("pointerdown", (event) => {
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      moved = false;
    });
    svg.addEventListener("pointermove", (event) => {
      const last = down.get(event.pointerId);
      if (!last) return;
      if (Math.hypot(event.clientX - last.x, event.clientY - last.y) < 3 && !moved) return;
      const before = down.size === 2 ? span() : null;
      const [x0, y0] = inside(last.x, last.y);
      const [x1, y1] = inside(event.clientX, event.clientY);
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      moved = true;
      if (before) {
        const [after, x, y] = span();
        zoom(after / Math.max(before[0], 1), ...inside(x, y));
      } else if (view.width < width) {
        svg.setPointerCapture(event.pointerId);
        view.x += x0 - x1;
        view.y += y0 - y1;
        show();
      }
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"])
      svg.addEventListener(name, (event) => down.delete(event.pointerId));
    svg.addEventListener("click", (event) => {
      const chip = event.target.closest("[data-at]");
      if (chip && !moved) reach(chip);
    });

    // Keys: arrows walk from chip to chip, + and - zoom.
    const place = (chip) => chip.dataset.at.split(" ").map(Number);
    const reach = (chip) => {
      for (const other of svg.querySelectorAll('[tabindex="0"][data-at]')) other.setAttribute("tabindex", "-1");
      chip.setAttribute("tabindex", "0");
      chip.focus({ preventScroll: true });
    };
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    svg.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "-") {
        steps[event.key === "+" ? "in" : "out"]();
        return event.preventDefault();
      }
      const way = ways[event.key];
      if (!way) return;
      event.preventDefault();
      const from = document.activeElement.closest("[data-at]");
      if (!from) return reach(chips[0]);
      const [x, y] = place(from);
      let best = null, least = Infinity;
      for (const chip of chips) {
        const [dx, dy] = [place(chip)[0] - x, place(chip)[1] - y];
        const along = dx * way[0] + dy * way[1];
        const cost = along + 2.2 * Math.abs(dx * way[1] - dy * way[0]);
        if (along > 10 && cost < least) [best, least] = [chip, cost];
      }
      if (best) reach(best);
    });
  }
})();
