// A charging station on ocpp-rpc, as strict as that client can be.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { RPCClient } from 'ocpp-rpc';
import { stationsUrl } from './api.mjs';
import { validator21, withoutSchemas21 } from './schemas.mjs';

/** Every version, and why its tests cannot run here, if they cannot. */
export const versions = [
  { protocol: 'ocpp1.6', skip: false },
  { protocol: 'ocpp2.0.1', skip: false },
  { protocol: 'ocpp2.1', skip: withoutSchemas21 },
];

/**
 * Connects; answers the client with what a test asks of it.
 * @param t The test, with which the connection ends however it ends: an open socket keeps the process alive.
 * @param protocol One of `versions`, or an array of names to offer.
 * @param handlers Action → what the station answers to that command.
 * @param strict Both directions against the official schemas. A test that says something wrong on purpose cannot have it.
 */
export async function connect(t, stationId, password, protocol, { handlers = {}, strict = true, endpoint = stationsUrl } = {}) {
  const client = new RPCClient({
    endpoint, identity: stationId, password, protocols: [protocol].flat(), reconnect: false, callTimeoutMs: 20_000,
    strictMode: strict, strictModeValidators: strict && validator21 ? [validator21] : [],
  });
  const breaches = [];
  let frames = 0;
  client.on('message', () => frames++);
  client.on('strictValidationFailure', ({ method, outbound, isCall, error, params, result }) =>
    breaches.push(`${outbound ? 'sent' : 'received'} ${method} ${isCall ? 'request' : 'response'}: ${error.message}: ${JSON.stringify(isCall ? params : result)}`));
  client.on('badMessage', ({ error, buffer }) => breaches.push(`${error.message}: ${buffer}`));
  for (const [action, answer] of Object.entries(handlers)) client.handle(action, answer);
  t.after(() => client.close({ force: true }));
  await client.connect();
  return {
    client,
    call: (action, payload) => client.call(action, payload),
    /** How many went either way. */
    frames: () => frames,
    /** The error that the server answers a CALL with. */
    refusal: async (action, payload) => {
      const error = await client.call(action, payload).then(result => assert.fail(`${action} was answered: ${JSON.stringify(result)}`), error => error);
      return error.rpcErrorCode ?? error;
    },
    /** Closes; fails if anything on the wire broke a schema. */
    close: async () => {
      await client.close({ awaitPending: true });
      assert.deepEqual(breaches, []);
    },
  };
}

export const boot = (station, protocol) => station.call('BootNotification', protocol === 'ocpp1.6'
  ? { chargePointVendor: 'Interop', chargePointModel: 'Post', chargePointSerialNumber: 'S-1', firmwareVersion: '1.0' }
  : { reason: 'PowerUp', chargingStation: { vendorName: 'Interop', model: 'Post', serialNumber: 'S-1', firmwareVersion: '1.0' } });

const connector = { id: 1, connectorId: 1 };

const register16 = (at, wattHours, context) => ({
  timestamp: at,
  sampledValue: [{ value: String(wattHours), context, measurand: 'Energy.Active.Import.Register', unit: 'Wh', location: 'Outlet', format: 'Raw' }],
});

const register2 = (at, value, context, unit = 'Wh') => [{
  timestamp: at,
  sampledValue: [{ value, context, measurand: 'Energy.Active.Import.Register', location: 'Outlet', unitOfMeasure: { unit, multiplier: 0 } }],
}];

/** A whole charge in the version's own words. `started` is called as soon as the server knows of it, with its transaction id. */
export const tellCharge = (station, protocol, uid, charge, options = {}) =>
  (protocol === 'ocpp1.6' ? tellCharge16 : tellCharge2)(station, uid, charge, options);

async function tellCharge16(station, uid, charge, { stopReason = 'EVDisconnected', started = async () => {} }) {
  const status = (at, value) => station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: value, timestamp: at });
  await status(charge.startedAt, 'Preparing');
  const { idTagInfo, transactionId } = await station.call('StartTransaction', { connectorId: 1, idTag: uid, meterStart: charge.registers.begin, timestamp: charge.startedAt });
  assert.equal(idTagInfo.status, 'Accepted');
  assert.ok(transactionId > 0, `transactionId ${transactionId}`);
  await status(charge.startedAt, 'Charging');
  await station.call('MeterValues', { connectorId: 1, transactionId, meterValue: [register16(charge.halfAt, charge.registers.middle, 'Sample.Periodic')] });
  await started(transactionId);
  await station.call('MeterValues', { connectorId: 1, transactionId, meterValue: [register16(charge.fullAt, charge.registers.full, 'Sample.Periodic')] });
  await status(charge.fullAt, 'SuspendedEV');
  const stop = {
    transactionId, idTag: uid, meterStop: charge.registers.full, timestamp: charge.endedAt, reason: stopReason,
    transactionData: [register16(charge.endedAt, charge.registers.full, 'Transaction.End')],
  };
  const stopped = await station.call('StopTransaction', stop);
  assert.equal(stopped.idTagInfo?.status, 'Accepted');
  // A station that lost the acknowledgement says it again: the same answer, nothing billed twice.
  assert.deepEqual(await station.call('StopTransaction', stop), stopped);
  await status(charge.endedAt, 'Finishing');
  await status(charge.endedAt, 'Available');
  return transactionId;
}

async function tellCharge2(station, uid, charge, { remoteStartId, stopReason = 'EVDisconnected', started = async () => {} }) {
  const transactionId = randomUUID();
  const idToken = { idToken: uid, type: 'ISO14443' };
  let seqNo = 0;
  const event = (eventType, triggerReason, timestamp, more, transaction) => ({
    eventType, triggerReason, timestamp, seqNo: seqNo++, transactionInfo: { transactionId, ...transaction }, evse: connector, ...more,
  });
  const tell = payload => station.call('TransactionEvent', payload);

  await station.call('StatusNotification', { timestamp: charge.startedAt, connectorStatus: 'Occupied', evseId: 1, connectorId: 1 });
  const begun = await tell(event('Started', remoteStartId === undefined ? 'Authorized' : 'RemoteStart', charge.startedAt,
    { idToken, meterValue: register2(charge.startedAt, charge.registers.begin, 'Transaction.Begin') }, { chargingState: 'Charging', remoteStartId }));
  assert.equal(begun.idTokenInfo?.status, 'Accepted');
  await tell(event('Updated', 'MeterValuePeriodic', charge.halfAt, { meterValue: register2(charge.halfAt, charge.registers.middle / 1000, 'Sample.Periodic', 'kWh') }, { chargingState: 'Charging' }));
  await started(transactionId);
  await tell(event('Updated', 'ChargingStateChanged', charge.fullAt, { meterValue: register2(charge.fullAt, charge.registers.full, 'Sample.Periodic') }, { chargingState: 'SuspendedEV' }));
  const end = event('Ended', stopReason === 'Remote' ? 'RemoteStop' : 'EVDeparted', charge.endedAt,
    { meterValue: register2(charge.endedAt, charge.registers.full, 'Transaction.End') }, { chargingState: 'Idle', stoppedReason: stopReason });
  const ended = await tell(end);
  assert.deepEqual(await tell(end), ended);
  await station.call('StatusNotification', { timestamp: charge.endedAt, connectorStatus: 'Available', evseId: 1, connectorId: 1 });
  return transactionId;
}
