// An operator's own certificate: shown instead of the development one, and renewed while the server runs.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';

import { run } from '../lib/program.mjs';
import { Server } from '../lib/server.mjs';
import { assertServerError } from '../bad_input/fixture.mjs';

/** The serial number of the certificate that a new connection is shown. */
function serialShown(server, ca) {
  return new Promise((done, fail) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', ca, ALPNProtocols: ['http/1.1'] }, () => {
      done(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', fail);
  });
}

/** Two authorities' worth of certificates, made by servers of their own. */
async function certificateOf(fixture, name) {
  const maker = fixture.newServer(name);
  await maker.start();
  await maker.kill();
  const read = (file) => readFileSync(fixture.workspace.path(name, file));
  return { ca: read('ca.pem'), certificate: read('server.pem'), key: read('server.key') };
}

export function certificate(fixture) {
  describe('the certificate', () => {
    it('is the one that was named, is renewed on SIGHUP and by itself, and a bad one changes nothing', async () => {
      const first = await certificateOf(fixture, 'authority-1'), second = await certificateOf(fixture, 'authority-2');
      const pem = fixture.workspace.path('shown.pem'), key = fixture.workspace.path('shown.key');
      const put = (made) => (writeFileSync(key, made.key), writeFileSync(pem, made.certificate));
      put(first);
      const server = new Server(fixture.programs.server, fixture.workspace.path('named'),
        ['--certificate', pem, '--key', key]);
      fixture.servers.add(server);
      await server.start();
      assert.doesNotMatch(server.output, /authority/);
      const serial = await serialShown(server, first.ca);

      put(second);
      server.child.kill('SIGHUP');
      assert.ok(await server.says('read again'), server.output);
      assert.notEqual(await serialShown(server, second.ca), serial);
      await assert.rejects(serialShown(server, first.ca));

      server.output = '';
      writeFileSync(pem, 'not PEM');
      assert.ok(await server.says('the certificate in use stays'), server.output);
      await serialShown(server, second.ca);

      server.output = '';
      put(first);
      assert.ok(await server.says('read again'), server.output);
      assert.equal(await serialShown(server, first.ca), serial);
      await server.kill();
    });

    it('is refused at the start when it cannot be used, by its name', async () => {
      const folder = fixture.workspace.path('badly-named'), pem = fixture.workspace.path('bad.pem');
      copyFileSync(fixture.server.caFile, pem);
      const serve = (...args) =>
        run(fixture.programs.server, ['serve', '--data', folder, '--port', '0', ...args], { timeoutMs: 15_000 });
      assertServerError(await serve('--certificate', pem), 'bad_configuration', /--key/);
      assertServerError(await serve('--certificate', pem, '--key', 'nowhere.key'), 'bad_configuration', /nowhere\.key/);
      assertServerError(await serve('--certificate', pem, '--key', pem), 'bad_configuration', /bad\.pem/);
    });
  });
}
