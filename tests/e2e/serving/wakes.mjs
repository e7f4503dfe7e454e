// Who is online is told within a second what changed, by whichever program; and nobody else is told anything.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { WakeSocket } from '../lib/wake_socket.mjs';
import { township, village } from '../bad_input/fixture.mjs';

const otherTownship = '341222102000';
const second_ms = 1000;

/** Runs the act; the message that it brings, which must come within a second of its end. */
async function woken(socket, act) {
  await act();
  const ended = performance.now();
  const { text, at } = await socket.next();
  assert.ok(at - ended <= second_ms, `woken ${Math.round(at - ended)} ms after it`);
  return JSON.parse(text);
}

export function wakes(fixture) {
  const { server } = fixture;

  describe('a phone that is online', () => {
    it('is told which streams of its areas changed, and nothing else', async () => {
      const device = await fixture.rawDevice(), socket = await WakeSocket.open(server, device.token);
      const phone = await fixture.busyPhone();
      const told = await woken(socket, () => phone.sync());
      assert.deepEqual(told, { streams: [village] });
      await socket.close();
    });

    it('is not told of areas that are not its own', async () => {
      const stranger = { name: '王芳', role: 'cadre', areas: [otherTownship], device: '王芳的手机' };
      const device = await fixture.rawDevice(server, stranger);
      const socket = await WakeSocket.open(server, device.token);
      const phone = await fixture.busyPhone();
      await phone.sync();
      await assert.rejects(socket.next(second_ms));
      await socket.close();
    });

    it('is told what the office does beside the server, and of another scope', async () => {
      const person = { name: '赵强', role: 'cadre', areas: [township], device: '赵强的手机' };
      const device = await fixture.rawDevice(server, person), phone = await fixture.busyPhone();
      await phone.sync();
      const socket = await WakeSocket.open(server, device.token);
      const moved = await woken(socket, () =>
        server.ask('move', '--record', phone.household, '--to', '341222101205', '--json'));
      assert.ok(moved.streams.includes('341222101205'), JSON.stringify(moved));
      const regranted = await woken(socket, () =>
        run(server.program, ['regrant', '--data', server.dataDir, '--name', person.name, '--device', person.device,
          '--area', otherTownship]));
      assert.deepEqual(regranted, { streams: [], scope: true });
      await socket.close();
    });

    it('loses its socket with its access, and gets no new one', async () => {
      const person = { name: '孙丽', role: 'cadre', areas: [township], device: '孙丽的手机' };
      const device = await fixture.rawDevice(server, person);
      const socket = await WakeSocket.open(server, device.token);
      await run(server.program, ['revoke', '--data', server.dataDir, '--name', person.name, '--device', person.device]);
      const revoked = performance.now();
      assert.deepEqual(await socket.closed, { code: 1008, reason: 'revoked' });
      assert.ok(performance.now() - revoked <= second_ms);
      await assert.rejects(WakeSocket.open(server, device.token), { status: 403 });
    });

    it('has three sockets at most: a fourth ends the oldest', async () => {
      const device = await fixture.rawDevice(), sockets = [];
      for (let i = 0; i < 4; ++i) sockets.push(await WakeSocket.open(server, device.token));
      assert.deepEqual(await sockets[0].closed, { code: 1008, reason: 'replaced' });
      for (const socket of sockets.slice(1)) assert.equal((await socket.close()).code, 1000);
    });

    it('is let go with 1001 when the server stops', async () => {
      const own = fixture.newServer('stopping');
      await own.start();
      const device = await fixture.rawDevice(own), socket = await WakeSocket.open(own, device.token);
      const stopped = own.stop();
      assert.deepEqual(await socket.closed, { code: 1001, reason: 'stopping' });
      assert.deepEqual(await stopped, { status: 0, signal: null });
    });
  });

  describe('a socket', () => {
    it('is opened for a phone that is enrolled, and in this protocol only', async () => {
      const { token } = await fixture.rawDevice();
      for (const [shown, protocol, status] of [[undefined, undefined, 401], [randomBytes(32).toString('hex'), undefined, 401],
        ['0'.repeat(32), undefined, 401], [token, 'doorstep.wake.v2', 400], [token, [], 400]])
        await assert.rejects(WakeSocket.open(server, shown, { protocol }), { status });
    });

    it('is for listening: whoever speaks on it is cut off', async () => {
      const { token } = await fixture.rawDevice();
      for (const [words, code] of [['hello', 1003], [randomBytes(64), 1003], ['x'.repeat(1000), 1009]]) {
        const socket = await WakeSocket.open(server, token);
        socket.socket.send(words);
        assert.equal((await socket.closed).code, code);
      }
      assert.ok(await server.healthy());
    });
  });
}
