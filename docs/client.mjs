// Twenty lines of the API: a site, a station, a price, and what a charge would cost there. BUSBAR_KEY is the key that the server was started with.
const url = process.env.BUSBAR_URL ?? 'http://localhost:8080', key = process.env.BUSBAR_KEY;
async function call(method, path, body) {
  const answer = await fetch(`${url}/api/v1/${path}`, { method, body: JSON.stringify(body), headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } });
  const json = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${json.code}, ${json.detail} ${JSON.stringify(json.errors ?? '')}`);
  return json;
}
const site = await call('POST', 'locations', { name: 'Harbour', timeZone: 'Europe/Amsterdam', country: 'NLD', address: 'Quay 1', city: 'Rotterdam', currency: 'EUR' });
const name = `HARBOUR-${Date.now()}`;
const station = await call('POST', 'stations', { stationId: name, locationId: site.id, evses: [{ id: 1, connectors: [{ id: 1, standard: 'IEC_62196_T2', maxPower: 22000 }] }] });
console.log(`Connect the station to ${url.replace('http', 'ws')}/ocpp/${name} with the password ${station.password}`);
const elements = [{ price_components: [{ type: 'ENERGY', price: 0.49, vat: 21, step_size: 1 }] }];
const tariff = await call('POST', 'tariffs', { name, currency: 'EUR', tariff: { currency: 'EUR', elements } });
await call('PUT', `tariffs/${tariff.id}/assignments`, [{ scope: 'location', id: site.id }]);
const quote = await call('POST', 'quotes', { stationId: name, start: new Date().toISOString(), energyWh: 20_000, chargingSeconds: 3600, idleSeconds: 0 });
console.log(`20 kWh would cost ${quote.totalCost.inclTax} ${quote.totalCost.currency}`);
for (let cursor = ''; cursor !== null;) {
  const page = await call('GET', `stations?limit=50&cursor=${cursor}`);
  for (const each of page.items) console.log(each.stationId, each.online ? 'online' : 'offline');
  cursor = page.nextCursor;
}
