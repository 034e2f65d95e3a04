// What a page cannot do about passkeys without a script: ask the browser for one. On the sign-in pages (a form with data-passkey: one is used, or made where it says so) and in the profile (a button with data-passkey-add).
const fromText = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0));
const toText = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const post = (path, body) => fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

// As JSON, by hand: not every browser and password manager can do it by itself.
const told = (credential, response) => ({
  id: credential.id, rawId: toText(credential.rawId), type: credential.type, authenticatorAttachment: credential.authenticatorAttachment ?? null,
  clientExtensionResults: credential.getClientExtensionResults(), response: { clientDataJSON: toText(credential.response.clientDataJSON), ...response(credential.response) },
});

const create = async options => told(await navigator.credentials.create({ publicKey: {
  ...options, challenge: fromText(options.challenge), user: { ...options.user, id: fromText(options.user.id) },
  excludeCredentials: (options.excludeCredentials ?? []).map(known => ({ ...known, id: fromText(known.id) })),
} }), made => ({ attestationObject: toText(made.attestationObject), transports: made.getTransports?.() ?? [] }));

const get = async options => told(await navigator.credentials.get({ publicKey: {
  ...options, challenge: fromText(options.challenge), allowCredentials: (options.allowCredentials ?? []).map(known => ({ ...known, id: fromText(known.id) })),
} }), made => ({ authenticatorData: toText(made.authenticatorData), signature: toText(made.signature), userHandle: made.userHandle ? toText(made.userHandle) : null }));

const isAble = 'PublicKeyCredential' in window;

for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.hidden = !isAble;
  const [button, said] = [form.querySelector('button'), form.querySelector('[role=alert]')];
  // The key that sends a form does what the button does.
  form.addEventListener('submit', event => {
    event.preventDefault();
    button.click();
  });
  button.addEventListener('click', async () => {
    if (!form.reportValidity()) return;
    said.textContent = '';
    button.disabled = true;
    try {
      const begun = await post(`${form.getAttribute('action')}/options`, {});
      if (begun.ok) {
        form.elements.credential.value = JSON.stringify(await (form.dataset.passkey === 'new' ? create : get)(await begun.json()));
        form.submit();
        return;
      }
      said.textContent = said.dataset.busy;
    } catch {
      // Broken off, or no passkey for this place: the browser has said which.
      said.textContent = said.dataset.failed;
    }
    button.disabled = false;
  });
}

// The page in the profile is drawn by the server: it is told what came of it, and draws that.
let isAsking = false;
document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-passkey-add]');
  if (!button || isAsking) return;
  const field = document.querySelector('[data-passkey-name]');
  if (!field.reportValidity()) return;
  isAsking = true;
  let outcome;
  try {
    const begun = isAble ? await post('/api/v1/me/passkeys/options', {}) : null;
    const answer = begun?.ok ? await post('/api/v1/me/passkeys', { name: field.value, credential: await create(await begun.json()) }) : begun;
    outcome = answer ? await answer.json() : { code: 'noPasskeys' };
  } catch (error) {
    outcome = { code: error?.name === 'InvalidStateError' ? 'passkeyKnown' : error?.name === 'SecurityError' ? 'noPasskeysHere' : 'passkeyBrokenOff' };
  }
  isAsking = false;
  const result = document.querySelector('[data-passkey-result]');
  if (!result) return;
  result.value = JSON.stringify(outcome);
  result.dispatchEvent(new Event('change', { bubbles: true }));
});
