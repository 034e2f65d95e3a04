// The little that the frame does in the browser. Everything else comes from the server.
const remember = (name, value) => { document.cookie = `busbar-${name}=${value}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`; };

document.addEventListener('change', event => {
  const setting = event.target.dataset?.setting;
  if (!setting) return;
  remember(setting, event.target.value);
  if (setting === 'tenant') { location.assign('/console'); return; }
  if (setting === 'theme') document.documentElement.dataset.theme = event.target.value;
  else location.reload();
});

// The page in front says whose it is: what is asked for from here, such as a file, is asked for there.
const settle = () => { const here = document.querySelector('[data-tenant]')?.dataset.tenant; if (here && document.visibilityState === 'visible') remember('tenant', here); };
settle();
addEventListener('focus', settle);
document.addEventListener('visibilitychange', settle);
document.addEventListener('click', event => {
  const slug = event.target.closest('[data-enter]')?.dataset.enter;
  if (slug) { remember('tenant', slug); location.assign('/console'); }
});

// Who signs out is on the way already: the page that ends with the session need not lead there too.
let leaving = false;
document.addEventListener('submit', event => {
  if (!event.target.matches('form[action="/signout"]')) return;
  leaving = true;
  window.Blazor?.disconnect?.();
});

const drawer = open => {
  document.documentElement.toggleAttribute('data-open', open);
  document.querySelector('[data-drawer]')?.setAttribute('aria-expanded', String(open));
  if (open) document.querySelector('#navigation a')?.focus();
};
document.addEventListener('click', event => {
  if (!event.isTrusted) return;   // the pulse below
  if (event.target.closest('[data-drawer]')) drawer(!document.documentElement.hasAttribute('data-open'));
  else if (event.target.closest('[data-drawer-close], #navigation a')) drawer(false);
  for (const menu of document.querySelectorAll('details:is(.account, .menu)[open]')) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  drawer(false);
  for (const menu of document.querySelectorAll('details:is(.account, .menu)[open]')) menu.open = false;
});

// A page is asked to refresh itself while someone can see it.
const pulse = () => { if (!leaving && document.visibilityState === 'visible') document.querySelector('[data-pulse]')?.click(); };
setInterval(pulse, 2000);
document.addEventListener('visibilitychange', pulse);

// A window above the page keeps the keyboard in it, and gives it back to where it came from.
const focusable = 'a[href], button:not([disabled]):not([hidden]), input:not([type=hidden]), select, textarea, [tabindex="0"], summary';
let modal = null, opener = null;
new MutationObserver(() => {
  const now = document.querySelector('[data-modal]');
  if (now === modal) return;
  if (now && !modal) {
    opener = document.activeElement;
    (now.querySelector('[data-first]') ?? now.querySelector('input:not([type=hidden]), select') ?? now.querySelector(focusable))?.focus();
  } else if (!now) {
    (opener?.isConnected ? opener : document.getElementById('main'))?.focus();
    opener = null;
  }
  modal = now;
}).observe(document.body, { childList: true, subtree: true });
document.addEventListener('keydown', event => {
  if (event.key !== 'Tab' || !modal) return;
  const all = [...modal.querySelectorAll(focusable)].filter(it => it.getClientRects().length);
  const [first, last] = [all[0], all.at(-1)];
  if (!modal.contains(document.activeElement)) first?.focus();
  else if (event.shiftKey && document.activeElement === first) last.focus();
  else if (!event.shiftKey && document.activeElement === last) first.focus();
  else return;
  event.preventDefault();
});

// The keys. Single ones work outside of fields only, and may be switched off.
const keysOn = () => !/(?:^|; )busbar-keys=off/.test(document.cookie);
const typing = () => document.activeElement?.matches('input, select, textarea, [contenteditable]') ?? false;
const follow = link => { if (link) link.click(); };
const step = by => {
  const links = [...document.querySelectorAll('.grid tbody a.name')];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(Math.max(at + by, 0), links.length - 1)];
  next.focus();
  next.closest('tr').scrollIntoView({ block: 'nearest' });
};
let going = 0;
document.addEventListener('keydown', event => {
  const box = document.getElementById('search');
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    box?.focus();
    box?.select();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing() || modal || document.querySelector('dialog[open]') || !keysOn()) return;
  const went = going && Date.now() - going < 1500;
  going = 0;
  if (went) {
    const link = [...document.querySelectorAll('#navigation a[data-key]')].find(it => it.dataset.key === event.key);
    if (!link) return;
    event.preventDefault();
    follow(link);
  } else if (event.key === '/') { event.preventDefault(); box?.focus(); }
  else if (event.key === '?') { event.preventDefault(); document.getElementById('keys')?.showModal(); }
  else if (event.key === 'g') going = Date.now();
  else if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
});
document.addEventListener('change', event => {
  if (event.target.dataset?.switch) remember(event.target.dataset.switch, event.target.checked ? 'on' : 'off');
});
document.addEventListener('click', event => {
  if (event.target.closest('[data-keys]')) document.getElementById('keys')?.showModal();
});

// The box in the frame: what is found stands below it while one types. Texts are set as texts.
const found = {
  asked: 0, timer: 0,
  get box() { return document.getElementById('search'); },
  get list() { return document.getElementById('found'); },
  get options() { return [...document.querySelectorAll('#found [role=option]')]; },
  show(open) {
    this.list.hidden = !open;
    this.box.setAttribute('aria-expanded', String(open));
    if (!open) this.mark(-1);
  },
  mark(at) {
    const all = this.options;
    all.forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
    if (all[at]) { this.box.setAttribute('aria-activedescendant', all[at].id); all[at].scrollIntoView({ block: 'nearest' }); }
    else this.box.removeAttribute('aria-activedescendant');
  },
  get at() { return this.options.findIndex(option => option.getAttribute('aria-selected') === 'true'); },
  async ask() {
    const [text, turn] = [this.box.value.trim(), ++this.asked];
    if (!text) return this.show(false);
    let answer;
    try { answer = await fetch(`/console/search.json?q=${encodeURIComponent(text)}`, { headers: { accept: 'application/json' } }); }
    catch { answer = null; }
    if (turn !== this.asked) return;
    if (!answer?.ok) return this.draw([], this.list.dataset.failed);
    this.draw(await answer.json(), this.list.dataset.nothing);
  },
  draw(groups, otherwise) {
    const make = (tag, attributes, text) => {
      const it = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
      if (text) it.textContent = text;
      return it;
    };
    let n = 0;
    const chosen = this.options[this.at]?.getAttribute('href');
    this.list.replaceChildren(...groups.map((group, g) => {
      const part = make('div', { role: 'group', 'aria-labelledby': `found-${g}` });
      part.append(make('div', { id: `found-${g}`, class: 'found-title', role: 'presentation' }, group.title));
      for (const hit of group.hits) {
        const option = make('a', { id: `hit-${n++}`, role: 'option', href: hit.href, tabindex: '-1', 'aria-selected': 'false' });
        option.append(make('span', { class: 'found-name' }, hit.name), make('span', { class: 'dim' }, hit.under ?? ''));
        part.append(option);
      }
      return part;
    }));
    if (!n) this.list.append(make('p', { class: 'dim', role: 'presentation' }, otherwise));
    document.getElementById('found-told').textContent = n ? `${n}` : otherwise;
    this.show(true);
    // What was chosen stays chosen when the last letters' answer comes.
    this.mark(chosen ? this.options.findIndex(option => option.getAttribute('href') === chosen) : -1);
  },
};
document.addEventListener('input', event => {
  if (event.target.id !== 'search') return;
  clearTimeout(found.timer);
  found.timer = setTimeout(() => found.ask(), 150);
});
document.addEventListener('keydown', event => {
  if (event.target.id !== 'search' || event.isComposing) return;
  const all = found.options;
  if (event.key === 'Escape') { found.asked++; if (found.list.hidden) event.target.blur(); found.show(false); }
  else if (event.key === 'ArrowDown' && all.length) { found.show(true); found.mark((found.at + 1) % all.length); }
  else if (event.key === 'ArrowUp' && all.length) { found.show(true); found.mark((found.at - 1 + all.length) % all.length); }
  else if (event.key === 'Enter' && all[found.at]) { const hit = all[found.at]; found.show(false); event.target.value = ''; hit.click(); }
  else return;
  event.preventDefault();
});
document.addEventListener('click', event => {
  if (!event.isTrusted || !found.box || event.target === found.box) return;   // not the pulse
  if (event.target.closest('#found a') || !event.target.closest('#found')) found.show(false);
});

// Copies what a button names, also where a page without TLS has no clipboard.
document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    const text = Object.assign(document.createElement('textarea'), { value: button.dataset.copy });
    document.body.append(text);
    text.select();
    document.execCommand('copy');
    text.remove();
  }
  button.setAttribute('data-copied', '');
  setTimeout(() => button.removeAttribute('data-copied'), 2000);
});
document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-dismiss]');
  if (!button) return;
  remember(button.dataset.dismiss, 'off');
  button.closest('aside').remove();
});
document.addEventListener('click', event => { if (event.target.closest?.('[data-print]')) window.print(); });

// A form that is not saved is not left by mistake: a link asks first, and so does the browser when the window closes.
const unsaved = () => document.querySelector('[data-unsaved]')?.dataset.unsaved;
document.addEventListener('click', event => {
  const link = event.target.closest?.('a[href]');
  if (!link || link.hasAttribute('download') || link.dataset.goto || link.target === '_blank' || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (unsaved() && !confirm(unsaved())) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);
addEventListener('beforeunload', event => { if (unsaved()) event.preventDefault(); });

// From a fault to its field.
document.addEventListener('click', event => {
  const to = event.target.closest?.('[data-goto]');
  const field = to && document.getElementById(to.dataset.goto);
  if (!to) return;
  event.preventDefault();
  field?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
}, true);
