// The API as any script would use it, and what every test needs to begin.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A CDR is readable this long after the stop was acknowledged, at the latest. */
const CDR_MS = 2_000;

export const url = process.env.BUSBAR_URL;
export const stationsUrl = url?.replace(/^http/, 'ws') + '/ocpp';

/** The answer to one request: status, headers and the body, read as JSON where it is. */
export async function send(method, path, body) {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${process.env.BUSBAR_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** Sends, insists on the status, and answers the body. */
export async function expect(status, method, path, body) {
  const answer = await send(method, path, body);
  assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export async function only(path) {
  const { items } = await expect(200, 'GET', path);
  assert.equal(items.length, 1, `${path}: ${JSON.stringify(items)}`);
  return items[0];
}

/** The station's one CDR. */
export async function onlyCdr(stationId) {
  const since = Date.now();
  while (true) {
    const { items } = await expect(200, 'GET', `cdrs?stationId=${stationId}`);
    if (items.length > 0) {
      assert.equal(items.length, 1, JSON.stringify(items));
      return items[0];
    }
    assert.ok(Date.now() - since < CDR_MS, `No CDR of ${stationId} within ${CDR_MS} ms.`);
    await delay(25);
  }
}

/** A location with a tariff of its own, a station with one EVSE there, and a token. The names are new each time. */
export async function provision(prefix) {
  const suffix = randomUUID().slice(0, 8).toUpperCase();
  const location = await expect(201, 'POST', 'locations', {
    name: `Interop ${suffix}`, timeZone: 'Europe/Amsterdam', country: 'NLD', address: 'Kade 1', city: 'Rotterdam', postalCode: '3011 AA', currency: 'EUR',
  });
  const tariff = await expect(201, 'POST', 'tariffs', { name: `Interop ${suffix}`, currency: 'EUR', tariff: TARIFF });
  await expect(200, 'PUT', `tariffs/${tariff.id}/assignments`, [{ scope: 'location', id: location.id }]);
  const uid = `04A1${suffix}`;
  await expect(201, 'POST', 'tokens', { uid, type: 'rfid' });
  return { location, tariff, uid, ...await provisionStation(prefix, { locationId: location.id }) };
}

/** A station alone. */
export async function provisionStation(prefix, more = {}) {
  const stationId = `${prefix}-${randomUUID().slice(0, 8)}`;
  const made = await expect(201, 'POST', 'stations', { stationId, evses: [{ id: 1, connectors: [{ id: 1, standard: 'IEC_62196_T2', maxPower: 22_000 }] }], ...more });
  return { stationId, password: more.password ?? made.password };
}

const component = (type, price) => ({ type, price, vat: 20, step_size: 1 });

const TARIFF = {
  currency: 'EUR',
  elements: [{ price_components: [component('FLAT', 0.5), component('ENERGY', 0.25), component('TIME', 1.2), component('PARKING_TIME', 3)] }],
};

/** What the charge of `CHARGE` costs there: 0.50 + 5.4 kWh × 0.25 + 0.5 h × 1.20 + 10 min × 3.00, and 20 % VAT. */
export const COST = { exclTax: '2.95', inclTax: '3.54', currency: 'EUR' };

/**
 * Half an hour of charging that ended ten minutes ago, the car still plugged in since; ended now.
 * `freeAt` is before it: a connector that says "free" in the middle of the charge ends what is billed as idle.
 */
export function aCharge() {
  const end = Math.floor(Date.now() / 1000) * 1000;
  const at = minutes => new Date(end - (40 - minutes) * 60_000).toISOString();
  return {
    energyWh: 5_400,
    registers: { begin: 812_345, middle: 815_045, full: 817_745 },
    freeAt: at(-5), startedAt: at(0), halfAt: at(15), fullAt: at(30), endedAt: at(40),
  };
}

/** The session and the CDR of that charge, as the API must tell them. */
export async function expectBilled(stationId, uid, tariff, charge, ocppTransactionId) {
  const cdr = await onlyCdr(stationId);
  const session = await only(`sessions?stationId=${stationId}`);
  assert.deepEqual(session.issues, []);
  assert.deepEqual(
    { status: session.status, evse: session.evse, connector: session.connector, tokenUid: session.tokenUid, energyWh: session.energyWh, cdrId: session.cdrId },
    { status: 'completed', evse: 1, connector: 1, tokenUid: uid, energyWh: charge.energyWh, cdrId: cdr.id });
  assert.equal(session.ocppTransactionId, String(ocppTransactionId));
  assert.equal(Date.parse(session.startedAt), Date.parse(charge.startedAt));
  assert.equal(Date.parse(session.endedAt), Date.parse(charge.endedAt));
  assert.deepEqual(session.cost, COST);

  assert.deepEqual(
    { sessionId: cdr.sessionId, stationId: cdr.stationId, version: cdr.version, energyWh: cdr.energyWh, creditOf: cdr.creditOf, tariff: cdr.tariff.id },
    { sessionId: session.id, stationId, version: 1, energyWh: charge.energyWh, creditOf: null, tariff: tariff.id });
  assert.deepEqual(cdr.totalCost, COST);
  assert.deepEqual(cdr.lines.map(line => line.kind).sort(), ['energy', 'flat', 'idle', 'time']);
  assert.equal(cdr.lines.find(line => line.kind === 'energy').quantity, '5.4');
  assert.deepEqual(await expect(200, 'GET', `cdrs/${cdr.id}`), cdr);
  const told = await expect(200, 'GET', `sessions/${session.id}`);
  assert.equal(told.timeline.readings.at(-1).registerWh, charge.registers.full);
  return { session, cdr };
}

/** Asks until the answer suits, for what follows an acknowledgement a moment later. */
export async function eventually(ask, suits, what) {
  const since = Date.now();
  while (true) {
    const answer = await ask();
    if (suits(answer)) return answer;
    assert.ok(Date.now() - since < CDR_MS, `${what}: ${JSON.stringify(answer)}`);
    await delay(25);
  }
}
