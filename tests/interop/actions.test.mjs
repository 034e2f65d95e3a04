// Every action that a version has: what a station may send is answered as its schema says, the rest is refused as what it is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { provisionStation } from './support/api.mjs';
import { instanceOf, schemasOf } from './support/schemas.mjs';
import { boot, connect, versions } from './support/station.mjs';

const since201 = [
  'Authorize', 'BootNotification', 'ClearedChargingLimit', 'DataTransfer', 'FirmwareStatusNotification', 'Get15118EVCertificate', 'GetCertificateStatus', 'Heartbeat',
  'LogStatusNotification', 'MeterValues', 'NotifyChargingLimit', 'NotifyCustomerInformation', 'NotifyDisplayMessages', 'NotifyEVChargingNeeds', 'NotifyEVChargingSchedule',
  'NotifyEvent', 'NotifyMonitoringReport', 'NotifyReport', 'PublishFirmwareStatusNotification', 'ReportChargingProfiles', 'ReservationStatusUpdate',
  'SecurityEventNotification', 'SignCertificate', 'StatusNotification', 'TransactionEvent',
];

const fromStations = {
  'ocpp1.6': [
    'Authorize', 'BootNotification', 'DataTransfer', 'DiagnosticsStatusNotification', 'FirmwareStatusNotification', 'Heartbeat', 'LogStatusNotification', 'MeterValues',
    'SecurityEventNotification', 'SignCertificate', 'SignedFirmwareStatusNotification', 'StartTransaction', 'StatusNotification', 'StopTransaction',
  ],
  'ocpp2.0.1': since201,
  'ocpp2.1': [
    ...since201, 'BatterySwap', 'ClosePeriodicEventStream', 'GetCertificateChainStatus', 'NotifyDERAlarm', 'NotifyDERStartStop', 'NotifyPriorityCharging', 'NotifySettlement',
    'OpenPeriodicEventStream', 'PullDynamicScheduleUpdate', 'ReportDERControl', 'VatNumberValidation',
  ],
};

describe('Every action', () => {
  for (const { protocol, skip } of versions) {
    test(`of ${protocol} has a valid answer or the right refusal`, { skip }, async t => {
      const { stationId, password } = await provisionStation('actions');
      const station = await connect(t, stationId, password, protocol);
      await boot(station, protocol);
      const expected = new Set(fromStations[protocol]);
      const wrong = [];
      for (const [action, schema] of schemasOf(protocol)) {
        for (const whole of [false, true]) {
          const payload = instanceOf(schema, whole);
          const outcome = await station.call(action, payload).then(() => 'answered', error => error.rpcErrorCode ?? error.message);
          const due = expected.has(action) ? 'answered' : 'NotSupported';
          if (outcome !== due) wrong.push(`${action} (${whole ? 'with everything' : 'at its least'}): ${outcome}`);
        }
        expected.delete(action);
      }
      assert.deepEqual(wrong, []);
      assert.deepEqual([...expected], []);
      await station.close();
    });
  }
});
