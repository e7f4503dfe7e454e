// The server's keys: lost, changed, and announced (docs/keys.md).
import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { assertPhoneError, assertServerError, village } from '../bad_input/fixture.mjs';
import { run } from '../lib/program.mjs';

/** An authority, and a certificate of it for this machine: { authority, certificate, key }. */
async function authorityIn(folder) {
  const path = (name) => join(folder, name), ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  writeFileSync(path('names'), 'subjectAltName=IP:127.0.0.1\n');
  for (const args of [
    ['req', '-x509', ...ec, '-keyout', path('next-ca.key'), '-out', path('next-ca.pem'), '-subj', '/CN=next', '-days', '30'],
    ['req', '-new', ...ec, '-keyout', path('next.key'), '-out', path('next.csr'), '-subj', '/CN=office'],
    ['x509', '-req', '-in', path('next.csr'), '-CA', path('next-ca.pem'), '-CAkey', path('next-ca.key'), '-CAcreateserial',
      '-extfile', path('names'), '-days', '30', '-out', path('next.pem')]]) {
    const { status, stderr } = await run('openssl', args);
    assert.equal(status, 0, stderr);
  }
  return { authority: path('next-ca.pem'), certificate: path('next.pem'), key: path('next.key') };
}

export function keys(fixture) {
  describe('the server\'s keys', () => {
    const call = (server, ...args) => run(server.program, [...args, '--data', server.dataDir], { timeoutMs: 15_000 });

    it('a seal.key that is lost is not made anew, but by a command that the audit tells of', async () => {
      const server = fixture.newServer('lost-seal'), seal = join(server.dataDir, 'seal.key');
      await server.start();
      await server.stop();
      rmSync(seal);
      for (const command of [['serve', '--port', '0'], ['verify'], ['audit', 'verify']])
        assertServerError(await call(server, ...command), 'bad_configuration', /seal\.key is missing/);
      assert.ok(!existsSync(seal));
      assert.equal((await call(server, 'keys', 'renew')).status, 0);
      assert.ok(existsSync(join(server.dataDir, 'doorstep.db.audit.1')), 'what nobody can check any more is put aside');
      assert.match((await call(server, 'audit', 'list', '--json')).stdout, /"seal_key_renewed"/);
      assert.equal((await call(server, 'audit', 'verify')).status, 0);
      await server.start();
      assert.ok(await server.healthy());
    });

    it('another seal.key opens what was sealed before, and phones learn of it', async () => {
      const server = fixture.newServer('renewed-seal');
      await server.start();
      const phone = await fixture.busyPhone({ server }), file = fixture.workspace.path('sealed-before');
      const raw = (await fixture.rawDevice(server)).phone, sealingKey = async () => (await fixture.access(raw, server)).sealing_key;
      const before = await sealingKey();
      await phone.ask('export', '--out', file);
      await server.stop();
      assert.equal((await call(server, 'keys', 'renew')).status, 0);
      assert.equal((await call(server, 'audit', 'verify')).status, 0, 'the heads of both keys are known');
      assert.equal((await server.ask('import', file, '--json')).taken, 1);
      await server.start();
      assert.notEqual(await sealingKey(), before);
      const later = fixture.workspace.path('sealed-later');
      await fixture.endToken(phone, server);
      await phone.sync();
      await phone.add('visit', village, '--household', phone.household, '--note', '再访');
      await phone.ask('export', '--out', later);
      rmSync(join(server.dataDir, 'seal.key.1'));
      assert.equal((await server.ask('import', later, '--json')).taken, 1, 'sealed to the new one');
    });

    it('another authority is told before it is used, and phones take either', async () => {
      const server = fixture.newServer('next-authority');
      await server.start();
      const late = await fixture.busyPhone({ server });
      const next = await authorityIn(fixture.workspace.path(''));
      await server.stop();
      writeFileSync(join(server.dataDir, 'doorstep.toml'), `tls.next_authority = '${next.authority}'\n`);
      await server.start();
      const told = await fixture.busyPhone({ server });
      assert.equal((await told.sync()).pushed, 1);
      await server.stop();
      writeFileSync(join(server.dataDir, 'doorstep.toml'),
        `tls.certificate = '${next.certificate}'\ntls.key = '${next.key}'\ntls.authority = '${next.authority}'\n`);
      await server.start();
      await told.add('visit', village, '--household', told.household, '--note', '再访');
      assert.equal((await told.sync()).pushed, 1);
      assertPhoneError(await late.attempt('sync'), 'wrong_certificate');
    });
  });
}
