// The script that the documentation shows is run as it stands.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const script = new URL('../../docs/client.mjs', import.meta.url).pathname;

test('the script of the documentation provisions a site and gets its price', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env: process.env });
  assert.match(stdout, /with the password \S+/);
  assert.match(stdout, /20 kWh would cost 11\.858 EUR/);
  assert.match(stdout, /HARBOUR-\d+ offline/);
});

test('a key that is none ends it with the reason', async () => {
  await assert.rejects(promisify(execFile)(process.execPath, [script], { env: { ...process.env, BUSBAR_KEY: 'none' } }), /unauthenticated/);
});
