// The API's description, read by a linter that others wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const document = await (await fetch(`${process.env.BUSBAR_URL}/openapi/v1.json`)).json();

async function faultsOf(openapi) {
  // A form of which every member may be left out has no name of its own.
  const config = await createConfig({ extends: ['recommended-strict'], rules: { 'no-unused-components': 'off' } });
  const problems = await lintFromString({ source: JSON.stringify(openapi), config });
  return problems.map(problem => `${problem.ruleId}: ${problem.message} ${problem.location[0]?.pointer}`);
}

test('the description of the API has no fault', async () => {
  assert.ok(Object.keys(document.paths).length > 50);
  assert.deepEqual(await faultsOf(document), []);
});

test('a fault is found', async () => {
  const [path] = Object.keys(document.paths);
  const [method] = Object.keys(document.paths[path]);
  const broken = structuredClone(document);
  delete broken.paths[path][method].summary;
  assert.match((await faultsOf(broken)).join('\n'), /operation-summary/);
});
