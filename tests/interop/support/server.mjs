// The real server as a process of its own: SQLite in a folder that goes with it, a port that the system chose.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const READY_MS = 60_000;
const STOP_MS = 20_000;

/** Starts `dotnet <dll>` and waits until it is ready. */
export async function startServer(dll) {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-interop-'));
  const key = randomBytes(24).toString('hex');
  const child = spawn('dotnet', [dll], {
    cwd: folder,
    env: {
      ...withoutServerSettings(process.env),
      ASPNETCORE_URLS: 'http://127.0.0.1:0',
      Busbar__AdminKey: key,
      Busbar__DataDirectory: join(folder, 'data'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let ended = false;
  const end = new Promise(resolve => child.once('close', code => resolve(code ?? -1)).once('error', () => resolve(-1)));
  end.then(() => ended = true);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => log += text);

  const stop = async () => {
    if (!ended) child.kill('SIGTERM');
    // By its own handle: nobody else's server is touched.
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    const code = await end;
    clearTimeout(killer);
    await rm(folder, { recursive: true, force: true });
    return code;
  };
  // Whatever ends this process must not leave a server behind.
  process.once('exit', () => { if (!ended) child.kill('SIGKILL'); });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

  const deadline = Date.now() + READY_MS;
  let url;
  while (!ended && Date.now() < deadline) {
    url ??= /Now listening on: (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1];
    if (url && await isReady(url)) return { url, key, stop, log: () => log };
    await delay(50);
  }
  await stop();
  throw new Error(`The server did not become ready:\n${log}`);
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/health/ready`)).status === 200;
  } catch {
    return false;
  }
}

// What configures a server of the developer's own must not reach this one.
function withoutServerSettings(environment) {
  const others = /^(Busbar__|ConnectionStrings__|ASPNETCORE_|DOTNET_ENVIRONMENT$|Kestrel__|Logging__|URLS$|HTTPS?_PORTS$|OTEL_)/i;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !others.test(name)));
}
