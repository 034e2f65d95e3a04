import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { provisionStation, stationsUrl } from './support/api.mjs';
import { connect } from './support/station.mjs';

const refusal = promise => promise.then(() => assert.fail('The door was opened.'), error => error.code);

describe('The handshake', () => {
  test('takes the password of the station', async t => {
    const { stationId, password } = await provisionStation('door');
    await (await connect(t, stationId, password, 'ocpp1.6')).close();
  });

  test('takes a hex key as text and as its bytes', async t => {
    const key = '0123456789abcdef0123456789abcdef01234567';
    const { stationId } = await provisionStation('door', { password: key });
    await (await connect(t, stationId, key, 'ocpp1.6')).close();
    await (await connect(t, stationId, Buffer.from(key, 'hex'), 'ocpp1.6')).close();
  });

  test('takes a path with the tenant', async t => {
    const { stationId, password } = await provisionStation('door');
    await (await connect(t, stationId, password, 'ocpp1.6', { endpoint: `${stationsUrl}/default` })).close();
  });

  test('takes a station id that has to be escaped', async t => {
    const { stationId, password } = await provisionStation('dóór one%2F+');
    await (await connect(t, stationId, password, 'ocpp1.6')).close();
  });

  test('takes the newest version of an offer', async t => {
    const { stationId, password } = await provisionStation('door');
    const station = await connect(t, stationId, password, ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'], { strict: false });
    assert.equal(station.client.protocol, 'ocpp2.1');
    await station.close();
  });

  test('refuses a wrong password and an unknown station alike, with 401', async t => {
    const { stationId } = await provisionStation('door');
    assert.equal(await refusal(connect(t, stationId, 'wrong-password-1234', 'ocpp1.6')), 401);
    assert.equal(await refusal(connect(t, stationId, null, 'ocpp1.6')), 401);
    assert.equal(await refusal(connect(t, 'nobody', 'wrong-password-1234', 'ocpp1.6')), 401);
  });

  test('refuses an offer without a sub-protocol in common, with 400', async t => {
    const { stationId, password } = await provisionStation('door');
    assert.equal(await refusal(connect(t, stationId, password, ['ocpp1.2', 'ocpp1.5'], { strict: false })), 400);
    assert.equal(await refusal(connect(t, stationId, password, [], { strict: false })), 400);
  });

  test('lets a second connection of a station replace the first', async t => {
    const { stationId, password } = await provisionStation('door');
    const first = await connect(t, stationId, password, 'ocpp1.6');
    const closed = new Promise(resolve => first.client.once('close', resolve));
    const second = await connect(t, stationId, password, 'ocpp1.6');
    await closed;
    assert.ok((await second.call('Heartbeat', {})).currentTime);
    await second.close();
  });
});
