import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { provisionStation } from './support/api.mjs';
import { boot, connect } from './support/station.mjs';

// What is wrong on purpose, a strict client would not send; so its schemas are off here, and 2.1 needs none.
const words = {
  'ocpp1.6': { missing: 'OccurenceConstraintViolation', forServers: 'RemoteStartTransaction', ofOthers: 'TransactionEvent' },
  'ocpp2.0.1': { missing: 'OccurrenceConstraintViolation', forServers: 'RequestStartTransaction', ofOthers: 'BatterySwap' },
  'ocpp2.1': { missing: 'OccurrenceConstraintViolation', forServers: 'RequestStartTransaction', ofOthers: 'StartTransaction' },
};

for (const [protocol, { missing, forServers, ofOthers }] of Object.entries(words)) {
  describe(`Errors in ${protocol}`, () => {
    test('have the names of the version', async t => {
      const { stationId, password } = await provisionStation('errors');
      const station = await connect(t, stationId, password, protocol, { strict: false });
      await boot(station, protocol);
      assert.equal(await station.refusal('NoSuchAction', {}), 'NotImplemented');
      assert.equal(await station.refusal(ofOthers, {}), 'NotImplemented');
      assert.equal(await station.refusal(forServers, {}), 'NotSupported');
      assert.equal(await station.refusal('DataTransfer', {}), missing);
      assert.equal(await station.refusal('DataTransfer', { vendorId: { x: 1 } }), 'TypeConstraintViolation');
      assert.equal(await station.refusal('BootNotification', {}), missing);
      // None of this ended the connection.
      assert.ok((await station.call('Heartbeat', {})).currentTime);
      await station.close();
    });
  });
}
