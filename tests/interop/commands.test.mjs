import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCharge, expect, expectBilled, only, provision, provisionStation, send } from './support/api.mjs';
import { boot, connect, tellCharge, versions } from './support/station.mjs';

const command = (stationId, name, body, status = 200) => expect(status, 'POST', `stations/${stationId}/commands/${name}`, body);

for (const { protocol, skip } of versions) {
  const is16 = protocol === 'ocpp1.6';

  describe(`Commands to a strict client in ${protocol}`, () => {
    test('start and stop a charge', { skip }, async t => {
      const { stationId, password, uid, tariff } = await provision('remote');
      const asked = {};
      const accept = ({ method, params }) => {
        asked[method] = params;
        return { status: 'Accepted' };
      };
      const [start, stop] = is16 ? ['RemoteStartTransaction', 'RemoteStopTransaction'] : ['RequestStartTransaction', 'RequestStopTransaction'];
      const station = await connect(t, stationId, password, protocol, { handlers: { [start]: accept, [stop]: accept } });
      await boot(station, protocol);

      const started = await command(stationId, 'start', { evse: 1, tokenUid: uid });
      assert.equal(started.outcome, 'accepted');
      assert.deepEqual(started.request, asked[start]);
      assert.deepEqual(started.response, { status: 'Accepted' });
      assert.equal(is16 ? asked[start].idTag : asked[start].idToken.idToken, uid);
      assert.equal(is16 ? asked[start].connectorId : asked[start].evseId, 1);

      const charge = aCharge();
      const transactionId = await tellCharge(station, protocol, uid, charge, {
        remoteStartId: asked[start].remoteStartId,
        stopReason: 'Remote',
        started: async id => {
          const session = await only(`sessions?stationId=${stationId}`);
          assert.equal(session.status, 'charging');
          const stopped = await command(stationId, 'stop', { sessionId: session.id });
          assert.equal(stopped.outcome, 'accepted');
          assert.deepEqual(asked[stop], { transactionId: id });
        },
      });
      await expectBilled(stationId, uid, tariff, charge, transactionId);
      assert.equal((await expect(200, 'GET', `commands/${started.commandId}`)).outcome, 'accepted');
      await station.close();
    });

    test('unlock, restart, change availability, trigger, and send an action with its own payload', { skip }, async t => {
      const { stationId, password } = await provisionStation('remote');
      const asked = [];
      const answers = {
        UnlockConnector: { status: 'Unlocked' }, Reset: { status: 'Accepted' }, ChangeAvailability: { status: 'Scheduled' }, TriggerMessage: { status: 'Accepted' },
        ClearCache: { status: 'Accepted' },
        ...(is16
          ? { GetConfiguration: { configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '900' }], unknownKey: [] } }
          : { GetVariables: { getVariableResult: [{ attributeStatus: 'Accepted', attributeValue: '900', component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }] } }),
      };
      const handlers = Object.fromEntries(Object.entries(answers).map(([action, answer]) => [action, ({ params }) => {
        asked.push([action, params]);
        return answer;
      }]));
      const station = await connect(t, stationId, password, protocol, { handlers });
      await boot(station, protocol);

      const cases = [
        ['unlock', { evse: 1, connector: 1 }, 'UnlockConnector', is16 ? { connectorId: 1 } : { evseId: 1, connectorId: 1 }],
        ['restart', { hard: false }, 'Reset', { type: is16 ? 'Soft' : 'OnIdle' }],
        ['restart', { hard: true }, 'Reset', { type: is16 ? 'Hard' : 'Immediate' }],
        ['set-availability', { evse: 1, operative: false }, 'ChangeAvailability', is16 ? { connectorId: 1, type: 'Inoperative' } : { operationalStatus: 'Inoperative', evse: { id: 1 } }],
        ['set-availability', { operative: true }, 'ChangeAvailability', is16 ? { connectorId: 0, type: 'Operative' } : { operationalStatus: 'Operative' }],
        ['trigger', { message: 'StatusNotification', evse: 1 }, 'TriggerMessage',
          is16 ? { requestedMessage: 'StatusNotification', connectorId: 1 } : { requestedMessage: 'StatusNotification', evse: { id: 1 } }],
        ['trigger', { message: 'Heartbeat' }, 'TriggerMessage', { requestedMessage: 'Heartbeat' }],
        ['ClearCache', {}, 'ClearCache', {}],
        ['clear-cache', {}, 'ClearCache', {}],
        is16
          ? ['get-configuration', { key: ['HeartbeatInterval'] }, 'GetConfiguration', { key: ['HeartbeatInterval'] }]
          : ['get-variables', { getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }] }, 'GetVariables',
            { getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }] }],
      ];
      for (const [name, body, action, request] of cases) {
        const done = await command(stationId, name, body);
        assert.deepEqual(asked.pop(), [action, request], name);
        assert.equal(done.outcome, 'accepted', `${name}: ${JSON.stringify(done)}`);
        assert.deepEqual(done.request, request);
        assert.deepEqual(done.response, answers[action]);
      }
      await station.close();
    });

    test('tell a refusal, a failure, and a station that is not there', { skip }, async t => {
      const { stationId, password } = await provisionStation('remote');
      assert.equal((await send('POST', `stations/${stationId}/commands/restart`, { hard: false })).status, 409);
      const station = await connect(t, stationId, password, protocol, { handlers: { Reset: () => ({ status: 'Rejected' }) } });
      await boot(station, protocol);
      assert.equal((await command(stationId, 'restart', { hard: false })).outcome, 'refused');
      // A client without a handler answers NotImplemented.
      assert.equal((await command(stationId, 'clear-cache', {})).outcome, 'failed');
      await command('nobody', 'restart', { hard: false }, 404);
      await command(stationId, 'no-such-command', {}, 404);
      await command(stationId, is16 ? 'RequestStartTransaction' : 'RemoteStartTransaction', {}, 404);
      // What the version cannot say is refused here and never sent.
      await command(stationId, 'trigger', { message: 'NoSuchMessage' }, 400);
      await command(stationId, 'Reset', {}, 400);
      await command(stationId, 'trigger', { message: 'CustomTrigger' }, 400);
      if (protocol === 'ocpp2.0.1') await command(stationId, 'trigger', { message: 'SignV2G20Certificate' }, 400);
      if (protocol === 'ocpp2.0.1') await command(stationId, 'get-tariffs', { evseId: 1 }, 404);
      await station.close();
    });
  });
}
