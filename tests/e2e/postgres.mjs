// A county that moves to PostgreSQL while its phones notice nothing, and two servers that share it from then on.
//   node tests/e2e/postgres.mjs --bin-dir build/dev/bin
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { parseArguments } from './lib/arguments.mjs';
import { Phone } from './lib/phone.mjs';
import { Postgres } from './lib/postgres.mjs';
import { findPrograms, run } from './lib/program.mjs';
import { Server } from './lib/server.mjs';
import { Workspace } from './lib/workspace.mjs';

const given = parseArguments(process.argv.slice(2), { 'bin-dir': 'text' });
const programs = findPrograms(given['bin-dir'] ?? process.env.DOORSTEP_BIN_DIR ?? 'build/dev/bin');
const village = '341222101202';

describe('a county over PostgreSQL', () => {
  const workspace = new Workspace('postgres');
  const postgres = new Postgres();
  const [a, b] = ['a', 'b'].map((name) => new Server(programs.server, workspace.path(name)));
  const phones = [];
  const commands = async (...args) => run(programs.server, args);
  const configure = (server, kind) => writeFileSync(join(server.dataDir, 'doorstep.toml'),
    `[storage]\nkind = "${kind}"\npostgres_url = "${postgres.url}"\npostgres_tenant = "taihe"\n`);
  /** A phone with its person, enrolled at one of the servers. */
  const enrolled = async (name, server) => {
    const person = { name, role: 'cadre', areas: [village], device: `${name}的手机` };
    const phone = new Phone(programs.phone, workspace.path(`phone-${name}`), person);
    await phone.enrol(server.url, server.caFile, await server.enrolmentCode(person));
    phones.push(phone);
    return phone;
  };

  before(async () => {
    await postgres.start();
    await a.start();
  });
  after(async () => {
    for (const server of [a, b]) if (server.child?.exitCode === null) await server.stop();
    await postgres.stop();
    workspace.remove();
  });

  it('begins as a file', async () => {
    const li = await enrolled('李明', a);
    await li.add('household', village, '--summary', '张家');
    await li.sync();
  });

  it('moves only when nobody serves it', async () => {
    configure(a, 'sqlite');
    const move = ['migrate', '--data', a.dataDir, '--from', 'sqlite', '--to', 'postgres'];
    const refused = await commands(...move);
    assert.match(refused.stderr, /busy/);
    await a.stop();
    const moved = await commands(...move);
    assert.equal(moved.status, 0, moved.stderr);
    assert.match((await commands('verify', '--data', a.dataDir)).stderr, /storage\.kind must be postgres/);
    configure(a, 'postgres');
  });

  it('is served by two servers, and a phone asks either', async () => {
    mkdirSync(b.dataDir);
    for (const file of ['storage.key', 'seal.key', 'ca.pem', 'ca.key', 'server.pem', 'server.key'])
      copyFileSync(join(a.dataDir, file), join(b.dataDir, file));
    configure(b, 'postgres');
    await a.start();
    await b.start();
    const [li] = phones, wang = await enrolled('王芳', b);
    await wang.sync();
    assert.deepEqual((await wang.list()).length, 1, 'what was there before the move');
    await li.add('household', village, '--summary', '李家');
    await li.sync();
    await wang.sync();
    assert.equal((await wang.list()).length, 2, 'pushed at one, pulled at the other');
    const [left, right] = [await a.verify(), await b.verify()];
    assert.deepEqual(left, right);
  });

  it('goes on when one server is killed', async () => {
    const [li, wang] = phones;
    await a.kill();
    await wang.add('household', village, '--summary', '王家');
    await wang.sync();
    await a.start();
    await li.sync();
    assert.equal((await li.list()).length, 3);
    assert.deepEqual(await a.verify(), await b.verify());
  });

  it('hides where PostgreSQL is, and what is in it', async () => {
    const shown = await commands('config', '--data', a.dataDir);
    assert.doesNotMatch(shown.stdout, /postgresql:/);
    const { stdout } = await postgres.sql('SELECT encode(body, \'escape\') FROM doorstep.entry');
    assert.ok(stdout.length > 100);
    assert.doesNotMatch(stdout, /王家/);
  });

  it('refuses what a copy cannot do', async () => {
    assert.match((await commands('compact', '--data', b.dataDir)).stderr, /bad_configuration/);
    assert.match((await commands('fsck', '--rebuild', '--data', b.dataDir)).stderr, /makes it anew/);
  });

  it('is not ready while PostgreSQL is away, but alive, and comes back by itself', async () => {
    assert.ok(await a.healthy());
    await postgres.sql('ALTER ROLE office NOLOGIN');
    await postgres.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = \'office\'');
    assert.ok(await a.healthy());
    const failed = await phones[0].attempt('sync');
    assert.notEqual(failed.status, 0);
    await postgres.sql('ALTER ROLE office LOGIN');
    for (const deadline = Date.now() + 10_000; (await phones[0].attempt('sync')).status !== 0;)
      assert.ok(Date.now() < deadline, 'it does not come back');
  });

  it('moves back into a file', async () => {
    await a.stop();
    await b.stop();
    const moved = await commands('migrate', '--data', a.dataDir, '--from', 'postgres', '--to', 'sqlite');
    assert.equal(moved.status, 0, moved.stderr);
    configure(a, 'sqlite');
    await a.start();
    await phones[0].add('household', village, '--summary', '赵家');
    await phones[0].sync();
    assert.equal((await a.verify()).records, 4);
    assert.match((await commands('verify', '--data', b.dataDir)).stderr, /went back to a file/);
  });
});
