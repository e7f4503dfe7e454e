// A network that lies, is cut, or leads to somebody else; a server that is killed while a phone pushes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { FalseServer } from '../lib/false_server.mjs';
import { frame, kinds, varint } from '../lib/frames.mjs';
import { run } from '../lib/program.mjs';
import { assertNothingLost, assertServerError, snapshot, village } from './fixture.mjs';

const octets = { 'content-type': 'application/octet-stream' };
const say = (status, headers, body) => (_, response) => response.writeHead(status, headers).end(body);

/** What stands in the server's place, and the error that the phone must name. */
const impostors = [
  ['a captive portal', 'malformed', say(200, { 'content-type': 'text/html' }, '<html>请先登录无线网络</html>')],
  ['a redirect', 'server_error', say(302, { location: 'https://example.invalid/' }, '')],
  ['a failing proxy', 'server_error', say(502, { 'content-type': 'text/html' }, '<h1>Bad Gateway</h1>')],
  ['an empty answer', 'malformed', say(200, octets, '')],
  ['a damaged frame', 'malformed', say(200, octets, frame(kinds.welcome, Buffer.alloc(40), { checksum: 7 }))],
  ['a frame cut short', 'malformed', say(200, octets, frame(kinds.welcome, Buffer.alloc(40)).subarray(0, 20))],
  ['a server of another protocol version', 'protocol_version',
    say(200, octets, frame(kinds.welcome, Buffer.concat([varint(2), Buffer.alloc(60)])))],
  ['a refusal of another protocol version', 'protocol_version',
    say(200, octets, frame(kinds.refused, Buffer.concat([varint(17), varint(0)])))],
  ['a server that knows this phone no more', 'unauthorized',
    say(401, { 'content-type': 'application/problem+json' },
      JSON.stringify({ code: 'unauthorized', number: 21, status: 401, detail: 'no device has this token' }))],
  ['an answer that is not in its content coding', 'malformed',
    say(200, { ...octets, 'content-encoding': 'gzip' }, Buffer.alloc(100, 7))],
  ['an answer that unfolds without end', 'malformed',
    say(200, { ...octets, 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(64 * 1024 * 1024)))],
  ['an answer that breaks off', 'server_unreachable',
    (_, response) => {
      response.writeHead(200, { ...octets, 'content-length': 1000 });
      response.write('half', () => response.destroy());
    }],
];

export function network(fixture) {
  const { server } = fixture;

  describe('synchronising', () => {
    it('with a server that is down loses nothing', async () => {
      const line = await fixture.line(), phone = await fixture.busyPhone({ server, at: line });
      line.goDown();
      await assertNothingLost(phone, 'server_unreachable', () => phone.attempt('sync'));
      line.repair();
      assert.equal((await phone.sync()).pushed, 1);
    });

    it('stops at a server of another authority, before anything is sent', async () => {
      const line = await fixture.line(), phone = await fixture.busyPhone({ server, at: line });
      line.server = fixture.stranger;
      await assertNothingLost(phone, 'wrong_certificate', () => phone.attempt('sync'));
      assert.equal((await fixture.stranger.verify()).commits, 0);
      line.server = server;
      assert.equal((await phone.sync()).pushed, 1);
    });

    for (const [what, error, answer] of impostors)
      it(`survives ${what}`, async () => {
        const impostor = await FalseServer.open(server.dataDir, answer);
        try {
          const line = await fixture.line(), phone = await fixture.busyPhone({ server, at: line });
          line.server = impostor;
          await assertNothingLost(phone, error, () => phone.attempt('sync'));
          assert.ok(impostor.requests > 0, 'it was asked');
          line.server = server;
          assert.equal((await phone.sync()).pushed, 1);
        } finally {
          await impostor.close();
        }
      });

    it('survives a line that is cut at any place in the request', async () => {
      const line = await fixture.line(), phone = await fixture.busyPhone({ server, at: line });
      for (const bytes of [20, 120, 220, 320]) {
        line.repair();
        const cut = line.cutRequestAfter(bytes);
        await assertNothingLost(phone, 'server_unreachable', () => phone.attempt('sync'));
        await cut;
      }
      line.repair();
      const before = (await server.verify()).commits;
      await phone.sync();
      assert.equal((await server.verify()).commits, before + 1);
    });

    it('survives SIGKILL of the server in mid push: nothing is missing, nothing is there twice', async () => {
      const own = fixture.newServer('killed');
      await own.start();
      const line = await fixture.line(own), phone = await fixture.busyPhone({ server: own, at: line });
      await phone.sync();
      for (let round = 0; round < 3; ++round) {
        await phone.add('visit', village, '--summary', `第${round}次走访`);
        const swallowed = line.swallowAnswer(), attempt = phone.attempt('sync');
        await swallowed;
        await own.kill();
        line.goDown();
        const before = await snapshot(phone);
        assert.equal((await attempt).status, 23);
        assert.deepEqual(await snapshot(phone), before);
        await own.start();
        line.repair();
        await phone.sync();
        assert.equal((await phone.status()).only_here, 0);
        assert.equal((await own.verify()).commits, round + 2);
      }
      await own.kill();
    });
  });

  describe('the server', () => {
    it('refuses a port that is in use, and the one that holds it goes on', async () => {
      const folder = fixture.workspace.path('second');
      const result = await run(fixture.programs.server, ['serve', '--data', folder, '--port', String(server.port)],
        { timeoutMs: 15_000 });
      assertServerError(result, 'address_in_use', new RegExp(String(server.port)));
      assert.ok(await server.healthy());
    });

    it('refuses an address that is none', async () => {
      const folder = fixture.workspace.path('third');
      for (const address of ['kitchen', '300.1.1.1']) {
        const args = ['serve', '--data', folder, '--port', '0', '--address', address];
        assertServerError(await run(fixture.programs.server, args, { timeoutMs: 15_000 }), 'bad_configuration');
      }
    });
  });
}
