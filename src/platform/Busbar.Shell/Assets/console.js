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
  for (const menu of document.querySelectorAll('details.account[open]')) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  drawer(false);
  for (const menu of document.querySelectorAll('details.account[open]')) menu.open = false;
});

// A page is asked to refresh itself while someone can see it.
const pulse = () => { if (document.visibilityState === 'visible') document.querySelector('[data-pulse]')?.click(); };
setInterval(pulse, 2000);
document.addEventListener('visibilitychange', pulse);
