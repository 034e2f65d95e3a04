// Starts one server, runs every *.test.mjs against it, and counts.
import { readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { startServer } from './support/server.mjs';

const folder = new URL('.', import.meta.url);
const only = process.env.BUSBAR_ONLY ?? '';
const files = readdirSync(folder).filter(name => name.endsWith('.test.mjs') && name.includes(only)).sort().map(name => new URL(name, folder).pathname);
const count = { passed: 0, failed: 0, skipped: 0 };

let server;
try {
  server = await startServer(process.argv[2]);
} catch (error) {
  console.error(error.message);
  finish(1);
}

// Each file is a process of its own and finds the server by these.
process.env.BUSBAR_URL = server.url;
process.env.BUSBAR_KEY = server.key;

const events = run({ files, concurrency: 2, timeout: 120_000 });
events.on('test:pass', event => tell(event, 'passed'));
events.on('test:fail', event => tell(event, 'failed'));
const report = events.compose(new spec());
report.pipe(process.stdout, { end: false });
await new Promise(resolve => report.on('end', resolve));

const code = await server.stop();
if (count.failed > 0 || code !== 0) console.log(`--- the server's log\n${server.log()}---`);
if (code !== 0) {
  console.log(`The server ended with ${code} when it was told to stop.`);
  count.failed++;
}
finish(count.failed > 0 || count.passed === 0 ? 1 : 0);

// A suite is not a test. A test that is skipped passes, in the runner's opinion.
function tell(event, outcome) {
  if (event.details?.type === 'suite') return;
  count[event.skip !== undefined && outcome === 'passed' ? 'skipped' : outcome]++;
}

function finish(exitCode) {
  if (exitCode !== 0 && count.failed === 0) count.failed = 1;
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  process.exit(exitCode);
}
