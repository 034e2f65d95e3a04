// A map that needs nobody else's server: outlines of our own, or the tiles of a server that was configured. Points come from the page and are only ever drawn or set as text.
const Least = 0.5, Most = 18, Cell = 48, Tile = 256;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const project = (latitude, longitude) => {
  const sine = Math.sin(clamp(latitude, -85, 85) * Math.PI / 180);
  return [longitude / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
};
const worst = ['neutral', 'good', 'busy', 'warning', 'bad'];

let outlines;
const readOutlines = async address => {
  const world = await (await fetch(address)).json();
  const arcs = world.arcs.map(deltas => {
    const points = [];
    for (let i = 0, x = 0, y = 0; i < deltas.length; i += 2) {
      x += deltas[i];
      y += deltas[i + 1];
      points.push(project(y * world.scale[1] + world.translate[1], x * world.scale[0] + world.translate[0]));
    }
    return points;
  });
  const land = new Path2D(), borders = new Path2D();
  // A line that crosses the date line goes on beyond the edge: the world is drawn once more on either side.
  const trace = (path, points) => {
    let turn = 0, last = null;
    for (const [x, y] of points) {
      if (last !== null && Math.abs(x + turn - last) > 0.5) turn += x + turn > last ? -1 : 1;
      last === null ? path.moveTo(x, y) : path.lineTo(x + turn, y);
      last = x + turn;
    }
    return last;
  };
  for (const ring of world.land.flat()) {
    const points = ring.flatMap(index => index < 0 ? arcs[~index].toReversed() : arcs[index]);
    const end = trace(land, points);
    // One that goes around the earth is a pole's.
    if (Math.abs(end - points[0][0]) > 0.5) {
      land.lineTo(end, 1);
      land.lineTo(points[0][0], 1);
    }
    land.closePath();
  }
  for (const index of world.borders) trace(borders, arcs[index]);
  return { land, borders };
};

export function start(host, options) {
  const canvas = host.querySelector('canvas'), card = host.querySelector('[data-map-card]'), said = host.querySelector('[data-map-said]');
  const pen = canvas.getContext('2d');
  const points = new Map(), tiles = new Map(), going = new AbortController(), fingers = new Map();
  let view = { x: 0.5, y: 0.35, zoom: 1 }, size = { width: 0, height: 0 }, colours, world, clusters = [], level = null, isDue = false, isFitted = false, timer;
  const on = (target, event, handler, more) => target.addEventListener(event, handler, { signal: going.signal, ...more });
  const scale = () => Tile * 2 ** view.zoom;
  const toScreen = ([x, y]) => [(x - view.x) * scale() + size.width / 2, (y - view.y) * scale() + size.height / 2];

  const readColours = () => {
    const probe = host.appendChild(document.createElement('i'));
    colours = Object.fromEntries(['surface', 'raised', 'line', 'text', 'dim', 'accent', 'good', 'busy', 'warning', 'bad', 'ground'].map(name => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }));
    colours.neutral = colours.dim;
    probe.remove();
  };

  // Of one zoom step: points of one cell of the screen stand together.
  const cluster = () => {
    const step = Math.floor(view.zoom);
    if (level === step) return;
    level = step;
    const cells = new Map(), per = Tile * 2 ** step / Cell;
    for (const point of points.values()) {
      const key = Math.floor(point.at[0] * per) * 1e7 + Math.floor(point.at[1] * per);
      const cell = cells.get(key);
      if (cell) cell.push(point);
      else cells.set(key, [point]);
    }
    clusters = [...cells.values()].map(members => ({
      members, count: members.length, tone: members.reduce((tone, one) => worst.indexOf(one.tone) > worst.indexOf(tone) ? one.tone : tone, 'neutral'),
      at: [members.reduce((sum, one) => sum + one.at[0], 0) / members.length, members.reduce((sum, one) => sum + one.at[1], 0) / members.length],
    }));
  };

  const shape = (tone, x, y, radius) => {
    pen.beginPath();
    if (tone === 'bad') [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]].forEach(([dx, dy], i) => i ? pen.lineTo(x + dx * radius, y + dy * radius) : pen.moveTo(x + dx * radius, y + dy * radius));
    else if (tone === 'warning') pen.rect(x - radius * 0.95, y - radius * 0.95, radius * 1.9, radius * 1.9);
    else pen.arc(x, y, radius, 0, Math.PI * 2);
    pen.closePath();
  };

  const drawTiles = () => {
    const step = clamp(Math.round(view.zoom), 0, 19), count = 2 ** step, side = scale() / count;
    const [left, top] = toScreen([0, 0]);
    for (let x = Math.max(0, Math.floor(-left / side)); x < Math.min(count, (size.width - left) / side); x++) {
      for (let y = Math.max(0, Math.floor(-top / side)); y < Math.min(count, (size.height - top) / side); y++) {
        const address = options.tiles.replace('{z}', step).replace('{x}', x).replace('{y}', y);
        let tile = tiles.get(address);
        if (!tile) {
          if (tiles.size > 400) tiles.clear();
          tile = new Image();
          tile.onload = due;
          tile.src = address;
          tiles.set(address, tile);
        }
        if (tile.complete && tile.naturalWidth) pen.drawImage(tile, left + x * side, top + y * side, side + 0.5, side + 0.5);
      }
    }
  };

  const draw = () => {
    isDue = false;
    const ratio = window.devicePixelRatio || 1, [left, top] = toScreen([0, 0]);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = colours.raised;
    pen.fillRect(0, 0, size.width, size.height);
    if (options.tiles) drawTiles();
    else if (world) {
      for (const turn of [-1, 0, 1]) {
        const from = left + turn * scale();
        if (from > size.width || from + scale() < 0) continue;
        pen.setTransform(ratio * scale(), 0, 0, ratio * scale(), ratio * from, ratio * top);
        pen.fillStyle = colours.surface;
        pen.fill(world.land);
        pen.lineWidth = 1 / scale();
        pen.strokeStyle = colours.line;
        pen.stroke(world.land);
        pen.stroke(world.borders);
      }
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    cluster();
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    let names = 0;
    for (const one of clusters) {
      const [x, y] = toScreen(one.at);
      if (x < -40 || y < -40 || x > size.width + 40 || y > size.height + 40) continue;
      const radius = one.count === 1 ? 7 : 12 + Math.min(8, Math.log2(one.count));
      shape(one.tone, x, y, radius);
      pen.fillStyle = one.tone === 'neutral' ? colours.surface : colours[one.tone];
      pen.fill();
      pen.lineWidth = 2;
      pen.strokeStyle = one.tone === 'neutral' ? colours.dim : colours.surface;
      pen.stroke();
      if (one.count > 1) {
        pen.fillStyle = one.tone === 'neutral' ? colours.text : colours.surface;
        pen.font = '600 12px system-ui, sans-serif';
        pen.fillText(one.count > 999 ? `${(one.count / 1000).toFixed(1)}k` : one.count, x, y + 0.5);
      } else if (names++ < 40 && view.zoom > 4) {
        pen.font = '12px system-ui, sans-serif';
        pen.lineWidth = 3;
        pen.strokeStyle = colours.surface;
        pen.fillStyle = colours.text;
        pen.strokeText(one.members[0].name, x, y + radius + 10);
        pen.fillText(one.members[0].name, x, y + radius + 10);
      }
    }
    if (canvas.matches(':focus-visible')) {
      pen.strokeStyle = colours.accent;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(size.width / 2 - 9, size.height / 2); pen.lineTo(size.width / 2 + 9, size.height / 2);
      pen.moveTo(size.width / 2, size.height / 2 - 9); pen.lineTo(size.width / 2, size.height / 2 + 9);
      pen.stroke();
    }
    host.dataset.zoom = view.zoom.toFixed(2);
    host.dataset.marks = clusters.length;
    host.dataset.points = points.size;
  };
  const due = () => { if (!isDue) { isDue = true; requestAnimationFrame(draw); } };

  const nearest = (x, y, within) => {
    let best = null, least = within;
    for (const one of clusters) {
      const [px, py] = toScreen(one.at), away = Math.hypot(px - x, py - y);
      if (away <= least) [best, least] = [one, away];
    }
    return best;
  };

  const say = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      cluster();
      let seen = 0;
      for (const point of points.values()) {
        const [x, y] = toScreen(point.at);
        if (x >= 0 && y >= 0 && x <= size.width && y <= size.height) seen++;
      }
      const centre = nearest(size.width / 2, size.height / 2, 60);
      said.textContent = options.seen.replace('{0}', seen) + (centre ? ' ' + (centre.count === 1 ? `${centre.members[0].name}: ${centre.members[0].text}` : options.together.replace('{0}', centre.count)) : '');
    }, 300);
  };

  const move = (x, y, zoom) => {
    view = { x: clamp(x, 0, 1), y: clamp(y, 0, 1), zoom: clamp(zoom, Least, Most) };
    card.hidden = true;
    due();
    say();
  };
  const zoomAt = (by, x = size.width / 2, y = size.height / 2) => {
    const before = scale(), zoom = clamp(view.zoom + by, Least, Most), after = Tile * 2 ** zoom;
    move(view.x + (x - size.width / 2) * (1 / before - 1 / after), view.y + (y - size.height / 2) * (1 / before - 1 / after), zoom);
  };
  const fit = (some = [...points.values()], closest = options.closest) => {
    if (some.length === 0 || size.width === 0) return move(0.5, 0.35, 1);
    const xs = some.map(one => one.at[0]), ys = some.map(one => one.at[1]);
    const low = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))], high = [xs.reduce((a, b) => Math.max(a, b)), ys.reduce((a, b) => Math.max(a, b))];
    const zoom = Math.min(Math.log2((size.width - 90) / Tile / Math.max(1e-9, high[0] - low[0])), Math.log2((size.height - 90) / Tile / Math.max(1e-9, high[1] - low[1])));
    move((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, Math.min(zoom, closest));
  };
  const open = (one, byKey) => {
    if (!one) return;
    if (one.count > 1 && view.zoom < Most - 0.5 && one.members.some(member => member.at[0] !== one.members[0].at[0] || member.at[1] !== one.members[0].at[1])) {
      const before = view.zoom;
      fit(one.members, Most);
      if (view.zoom <= before + 0.2) zoomAt(1);
      return;
    }
    card.replaceChildren(...one.members.slice(0, 6).map(member => {
      const line = document.createElement('a'), what = document.createElement('span');
      line.href = member.href;
      line.textContent = member.name;
      what.textContent = member.text;
      line.append(what);
      return line;
    }));
    const [x, y] = toScreen(one.at);
    card.hidden = false;
    card.style.left = `${clamp(x, 110, Math.max(110, size.width - 110))}px`;
    card.style.top = `${clamp(y + 14, 0, size.height - 60)}px`;
    if (byKey) card.querySelector('a')?.focus();
  };

  on(canvas, 'wheel', event => { event.preventDefault(); zoomAt(-Math.sign(event.deltaY) * Math.min(1, Math.abs(event.deltaY) / 240), event.offsetX, event.offsetY); }, { passive: false });
  on(canvas, 'pointerdown', event => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY, from: [event.offsetX, event.offsetY] });
  });
  on(canvas, 'pointermove', event => {
    const finger = fingers.get(event.pointerId);
    if (!finger) { canvas.style.cursor = nearest(event.offsetX, event.offsetY, 18) ? 'pointer' : 'grab'; return; }
    const other = [...fingers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const before = Math.hypot(finger.x - other.x, finger.y - other.y), after = Math.hypot(event.offsetX - other.x, event.offsetY - other.y);
      if (before > 0 && after > 0) zoomAt(Math.log2(after / before), (event.offsetX + other.x) / 2, (event.offsetY + other.y) / 2);
    } else if (event.offsetX !== finger.x || event.offsetY !== finger.y) move(view.x - (event.offsetX - finger.x) / scale(), view.y - (event.offsetY - finger.y) / scale(), view.zoom);
    [finger.x, finger.y] = [event.offsetX, event.offsetY];
  });
  on(canvas, 'pointerup', event => {
    const finger = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    if (finger && Math.hypot(event.offsetX - finger.from[0], event.offsetY - finger.from[1]) < 5) open(nearest(event.offsetX, event.offsetY, 22));
  });
  on(canvas, 'pointercancel', event => fingers.delete(event.pointerId));
  on(canvas, 'keydown', event => {
    const step = 80 / scale(), act = {
      ArrowLeft: () => move(view.x - step, view.y, view.zoom), ArrowRight: () => move(view.x + step, view.y, view.zoom),
      ArrowUp: () => move(view.x, view.y - step, view.zoom), ArrowDown: () => move(view.x, view.y + step, view.zoom),
      '+': () => zoomAt(1), '=': () => zoomAt(1), '-': () => zoomAt(-1), 0: () => fit(), Enter: () => open(nearest(size.width / 2, size.height / 2, 60), true),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  on(host, 'keydown', event => { if (event.key === 'Escape' && !card.hidden) { card.hidden = true; canvas.focus(); } });
  on(host, 'click', event => {
    const what = event.target.closest('[data-map-do]')?.dataset.mapDo;
    if (what) ({ in: () => zoomAt(1), out: () => zoomAt(-1), fit: () => fit() })[what]();
  });
  on(canvas, 'focus', () => { due(); say(); });
  on(canvas, 'blur', due);
  on(window.matchMedia('(prefers-color-scheme: dark)'), 'change', () => { readColours(); due(); });
  const theme = new MutationObserver(() => { readColours(); due(); });
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const room = new ResizeObserver(() => {
    const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    size = { width: box.width, height: box.height };
    [canvas.width, canvas.height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (!isFitted && points.size > 0 && size.width > 0) { isFitted = true; fit(); }
    due();
  });
  readColours();
  room.observe(canvas);
  if (!options.tiles) (outlines ??= readOutlines(options.world)).then(read => { world = read; due(); });

  return {
    // Each point: id, name, latitude, longitude, tone, what is said of it, where it leads.
    update(changed, gone) {
      for (const [id, name, latitude, longitude, tone, text, href] of changed) points.set(id, { name, at: project(latitude, longitude), tone, text, href });
      for (const id of gone) points.delete(id);
      level = null;
      if (!isFitted && points.size > 0 && size.width > 0) { isFitted = true; fit(); }
      due();
    },
    stop() {
      going.abort();
      theme.disconnect();
      room.disconnect();
      clearTimeout(timer);
    },
  };
}
