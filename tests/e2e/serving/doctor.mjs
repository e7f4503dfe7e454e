// doorstep-server doctor: each thing broken once, and the line that says so.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, cpSync, existsSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync,
  writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { onSmallDisk } from '../lib/small_disk.mjs';

/** A certificate for `days` days and its key, in place of the server's own. */
async function certify(folder, days) {
  const [key, pem] = [join(folder, 'own.key'), join(folder, 'own.pem')];
  const ran = [
    await run('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key,
      '-out', join(folder, 'own.csr'), '-subj', '/CN=x']),
    await run('openssl', ['x509', '-req', '-in', join(folder, 'own.csr'), '-signkey', key, '-days', String(days),
      '-out', pem]),
  ];
  for (const { status, stderr } of ran) assert.equal(status, 0, stderr);
  chmodSync(key, 0o600);
  configure(folder, `tls.certificate = '${pem}'\ntls.key = '${key}'\n`);
}

const configuration = (folder) => join(folder, 'doorstep.toml');
const configure = (folder, text) => writeFileSync(configuration(folder), readFileSync(configuration(folder), 'utf8') + text);

function damage(file) {
  const open = openSync(file, 'r+'), page = Buffer.alloc(4096, 0x55);
  for (let at = 4096; at < statSync(file).size; at += 4096) writeSync(open, page, 0, page.length, at);
}

/** What is broken, the check whose line says so, its verdict and its words. */
const rows = [
  ['nothing', () => {}, 'folder', 'ok', /ours alone/],
  ['nothing', () => {}, 'keys', 'ok', /3 are there and ours alone/],
  ['nothing', () => {}, 'database', 'ok', /every page is whole; schema \d+/],
  ['nothing', () => {}, 'audit', 'ok', /\d entries/],
  ['nothing', () => {}, 'certificate', 'ok', /valid for 39\d more days/],
  ['nothing', () => {}, 'port', 'ok', /is free/],
  ['a number that is not allowed', (folder) => configure(folder, 'listen.threads = 9999\n'), 'configuration', 'fail', /line 2: listen\.threads/],
  ['no folder', (folder) => ({ data: join(folder, 'none') }), 'folder', 'fail', /No such file/],
  ['a file for a folder', (folder) => ({ data: join(folder, 'ca.pem') }), 'folder', 'fail', /is no folder/],
  ['a folder open to others', (folder) => chmodSync(folder, 0o755), 'folder', 'fail', /others may use it \(mode 755\)/],
  ['a key open to others', (folder) => chmodSync(join(folder, 'storage.key'), 0o640), 'keys', 'fail', /storage\.key: others may use it \(mode 640\)/],
  ['a key that is gone', (folder) => rmSync(join(folder, 'seal.key')), 'keys', 'fail', /seal\.key: No such file/],
  ['a key that was cut', (folder) => truncateSync(join(folder, 'seal.key'), 31), 'keys', 'fail', /31 bytes and not 32/],
  ['the certificate\'s key open to others', (folder) => chmodSync(join(folder, 'server.key'), 0o604), 'keys', 'fail', /server\.key/],
  ['no database', (folder) => ['', '-wal', '-shm'].forEach((tail) => rmSync(join(folder, `doorstep.db${tail}`), { force: true })), 'database', 'fail', /./],
  ['another\'s storage key', (folder) => writeFileSync(join(folder, 'storage.key'), Buffer.alloc(32, 1)), 'database', 'fail', /./],
  ['damaged pages', (folder) => damage(join(folder, 'doorstep.db')), 'database', 'fail', /./],
  ['a head of another chain', (folder) => writeFileSync(join(folder, 'doorstep.db.audit'), 'x\n'), 'audit', 'fail', /damaged, or not this server's/],
  ['nothing', () => {}, 'log', 'ok', /read again/],
  ['no backup yet', () => {}, 'backup', 'warn', /none was ever made/],
  ['another certificate\'s key', (folder) => copyFileSync(join(folder, 'ca.key'), join(folder, 'server.key')), 'certificate', 'fail', /it is not the key of/],
  ['a certificate that is none', (folder) => writeFileSync(join(folder, 'server.pem'), 'x'), 'certificate', 'fail', /not a PEM certificate/],
  ['a certificate that is gone', (folder) => rmSync(join(folder, 'server.pem')), 'certificate', 'fail', /server\.pem/],
  ['a certificate for ten days', (folder) => certify(folder, 10), 'certificate', 'warn', /valid for (9|10) more days/],
  ['a certificate that has expired', (folder) => certify(folder, 0), 'certificate', 'fail', /it has expired/],
  ['an address that is another machine\'s', (folder) => configure(folder, 'listen.address = "192.0.2.1"\n'), 'port', 'fail', /192\.0\.2\.1/],
];

export function doctor(fixture) {
  describe('the doctor', () => {
    const server = fixture.newServer('doctor');
    let copies = 0;
    const ask = async (data, { before = [], args = [] } = {}) => {
      const [program, ...rest] = [...before, fixture.programs.server, 'doctor', '--data', data, ...args];
      return run(program, rest);
    };
    const examined = async (data, options) => {
      const { status, stdout, stderr } = await ask(data, { ...options, args: ['--json'] });
      assert.match(stdout, /^\{/, stderr);
      const { verdict, checks } = JSON.parse(stdout);
      assert.equal(status, verdict === 'fail' ? 1 : 0);
      for (const check of checks) assert.equal(check.next === '', check.verdict === 'ok', JSON.stringify(check));
      return Object.fromEntries(checks.map((check) => [check.check, check]));
    };
    /** The server's folder once more, to break. */
    const copy = () => {
      const folder = fixture.workspace.path(`doctor-${++copies}`);
      cpSync(server.dataDir, folder, { recursive: true, preserveTimestamps: true });
      chmodSync(folder, 0o700);
      return folder;
    };

    it('starts with a server that has served', async () => {
      await server.start();
      writeFileSync(configuration(server.dataDir), `listen.port = ${server.port}\n`);
      const whole = await examined(server.dataDir);
      assert.match(whole.port.says, /is served by this program/);
      await server.stop();
    });

    for (const [what, breakIt, check, verdict, says] of rows)
      it(`${what}: ${check} is ${verdict}`, async () => {
        const folder = copy(), { data = folder } = (await breakIt(folder)) ?? {};
        const found = (await examined(data))[check];
        assert.equal(found?.verdict, verdict, JSON.stringify(found));
        assert.match(found.says, says);
      });

    it('a small disk: disk is fail', async (test) => {
      await onSmallDisk(fixture, test, 'doctor-disk', 64, async ({ folder }) => {
        const data = join(folder, 'data');
        cpSync(server.dataDir, data, { recursive: true });
        chmodSync(data, 0o700);
        const { disk } = await examined(data);
        assert.equal(disk.verdict, 'fail');
        assert.match(disk.says, /^[56]\d MiB are free$/);
      });
    });

    it('another program on the port: port is fail', async () => {
      const other = createServer();
      await new Promise((done) => other.listen(server.port, '127.0.0.1', done));
      const { port } = await examined(copy());
      other.close();
      assert.deepEqual([port.verdict, /is taken by another program/.test(port.says)], ['fail', true]);
    });

    it('few descriptors: descriptors is warn', async () => {
      const { descriptors } = await examined(copy(), { before: ['prlimit', '--nofile=512'] });
      assert.deepEqual([descriptors.verdict, descriptors.says], ['warn', '512 may be open, for 12000 connections']);
    });

    it('a backup: backup is ok', async () => {
      await server.backup(fixture.workspace.path('doctor.db'));
      assert.equal((await examined(server.dataDir)).backup.verdict, 'ok');
    });

    it('says a line a check and what to do next', async () => {
      const folder = copy();
      rmSync(join(folder, 'seal.key'));
      const { stdout, status } = await ask(folder);
      assert.equal(status, 1);
      assert.match(stdout, /^ok    configuration {2}the server would start with it\n/);
      assert.match(stdout, /\nfail  keys {11}seal\.key: No such file or directory\n {21}next: bring it back from your backup\n/);
      assert.ok(!existsSync(join(folder, 'seal.key')), 'it changes nothing');
    });
  });
}
