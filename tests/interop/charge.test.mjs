import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCharge, eventually, expect, expectBilled, provision } from './support/api.mjs';
import { boot, connect, tellCharge, versions } from './support/station.mjs';

for (const { protocol, skip } of versions) {
  describe(`A strict client charges a car in ${protocol}`, () => {
    test('and one session and one CDR with its energy and price are found', { skip }, async t => {
      const { stationId, password, uid, tariff } = await provision('charge');
      const station = await connect(t, stationId, password, protocol);
      assert.equal(station.client.protocol, protocol);

      const booted = await boot(station, protocol);
      assert.equal(booted.status, 'Accepted');
      assert.ok(booted.interval > 0);
      assertNow(booted.currentTime);
      const charge = aCharge();
      await station.call('StatusNotification', protocol === 'ocpp1.6'
        ? { connectorId: 1, errorCode: 'NoError', status: 'Available', timestamp: charge.freeAt }
        : { timestamp: charge.freeAt, connectorStatus: 'Available', evseId: 1, connectorId: 1 });
      assertNow((await station.call('Heartbeat', {})).currentTime);
      assert.equal((await station.call('DataTransfer', { vendorId: 'org.example', messageId: 'hello', data: 'x' })).status, 'UnknownVendorId');
      assert.equal(await authorize(station, protocol, uid), 'Accepted');
      // 2.x has a word of its own for a token that nobody knows, and lets it be called invalid too.
      assert.ok(['Invalid', protocol === 'ocpp1.6' ? 'Invalid' : 'Unknown'].includes(await authorize(station, protocol, 'NOBODY')));

      const seen = await eventually(() => expect(200, 'GET', `stations/${stationId}`),
        it => it.evses[0]?.connectors[0]?.status === 'Available' && it.vendor !== null, 'what the station told');
      assert.deepEqual({ online: seen.online, protocol: seen.protocol, vendor: seen.vendor, model: seen.model, firmware: seen.firmware },
        { online: true, protocol, vendor: 'Interop', model: 'Post', firmware: '1.0' });

      const transactionId = await tellCharge(station, protocol, uid, charge);
      await expectBilled(stationId, uid, tariff, charge, transactionId);

      const said = await eventually(() => expect(200, 'GET', `stations/${stationId}/messages?limit=200`), it => it.items.length >= station.frames(), 'the wire log');
      assert.deepEqual(said.items.slice(-2).map(it => [it.direction, it.kind, it.action]),
        [['toStation', 'callResult', 'BootNotification'], ['fromStation', 'call', 'BootNotification']]);
      assert.equal(said.items.length, station.frames());

      await station.close();
      await eventually(() => expect(200, 'GET', `stations/${stationId}`), it => it.online === false, 'online after the close');
    });
  });
}

async function authorize(station, protocol, uid) {
  return protocol === 'ocpp1.6'
    ? (await station.call('Authorize', { idTag: uid })).idTagInfo.status
    : (await station.call('Authorize', { idToken: { idToken: uid, type: 'ISO14443' } })).idTokenInfo.status;
}

function assertNow(text) {
  assert.match(text, /Z$/);
  assert.ok(Math.abs(Date.parse(text) - Date.now()) < 5_000, text);
}
