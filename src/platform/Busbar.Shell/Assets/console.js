// The little that the frame does in the browser. Everything else comes from the server.
const remember = (name, value) => { document.cookie = `busbar-${name}=${value}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`; };

document.addEventListener('change', event => {
  const setting = event.target.dataset?.setting;
  if (!setting) return;
  remember(setting, event.target.value);
  if (setting === 'theme') document.documentElement.dataset.theme = event.target.value;
  else location.reload();
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
const pulse = () => { if (document.visibilityState === 'visible') document.querySelector('[data-pulse]')?.click(); };
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
