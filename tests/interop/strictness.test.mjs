// The guard of all the others, seen failing: a peer that breaks the schemas is found out, in every version and both directions.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RPCServer } from 'ocpp-rpc';
import { boot, connect, versions } from './support/station.mjs';

describe('A strict client', () => {
  for (const { protocol, skip } of versions) {
    test(`finds out a server of ${protocol} that breaks the schemas`, { skip }, async t => {
      const server = new RPCServer({ protocols: [protocol] });
      const calls = [];
      server.on('client', peer => {
        peer.handle('BootNotification', () => ({ status: 'Perhaps', currentTime: new Date().toISOString(), interval: 1 }));
        peer.handle('Heartbeat', () => {
          calls.push(peer.call('Reset', { type: 'Gently' }).catch(error => error.rpcErrorCode));
          return { currentTime: new Date().toISOString() };
        });
      });
      const http = await server.listen(0, '127.0.0.1');
      t.after(() => server.close({ force: true }));

      const station = await connect(t, 'post', null, protocol, {
        endpoint: `ws://127.0.0.1:${http.address().port}`, handlers: { Reset: () => assert.fail('This must not get through.') },
      });
      await assert.rejects(boot(station, protocol));
      await station.call('Heartbeat', {});
      assert.notEqual(await calls[0], undefined);
      await assert.rejects(station.call('Heartbeat', { more: 'than allowed' }));
      await assert.rejects(station.close(), /received BootNotification response.*received Reset request.*sent Heartbeat request/s);
    });
  }
});
