// Files that are not what they should be: another key, another file, no room, no permission.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { onSmallDisk } from '../lib/small_disk.mjs';
import { assertNothingLost, assertPhoneError, assertServerError, snapshot, village } from './fixture.mjs';

/** Puts other content in a file's place while `body` runs, then puts the file back, byte for byte. */
async function withReplaced(path, content, body) {
  const aside = `${path}.aside`;
  renameSync(path, aside);
  if (content !== undefined) writeFileSync(path, content);
  try {
    await body();
    if (content === undefined) assert.ok(!existsSync(path), 'nothing was made in its place');
    else assert.deepEqual(readFileSync(path), Buffer.from(content), 'the strange file is untouched');
  } finally {
    renameSync(aside, path);
  }
}

const notDatabases = [
  ['a text', Buffer.from('走访记录.docx 的内容\n'.repeat(400))],
  ['random bytes', randomBytes(16 * 1024)],
  ['a few bytes', Buffer.from('hi')],
];

/** Gives `body` a folder in which nothing can be written, and what unlocks it. Root needs a read-only disk for it. */
async function inLockedFolder(fixture, test, name, body) {
  if (process.getuid() === 0)
    return onSmallDisk(fixture, test, name, 4, async (disk) => {
      await disk.readOnly();
      await body(disk.folder, () => disk.writable());
    });
  const folder = fixture.workspace.path(name);
  mkdirSync(folder, { mode: 0o500 });
  return body(folder, () => chmodSync(folder, 0o700));
}

export function phoneFiles(fixture) {
  describe('a phone’s files', () => {
    it('another key opens nothing, and harms nothing', async () => {
      const phone = await fixture.busyPhone(), before = await snapshot(phone);
      const keys = [randomBytes(32), Buffer.alloc(32), randomBytes(31), randomBytes(33), Buffer.alloc(0), undefined];
      for (const key of keys)
        await withReplaced(join(phone.folder, 'phone.key'), key, async () => {
          assertPhoneError(await phone.attempt('list'), 'wrong_key');
          assertPhoneError(await phone.attempt('visit', '--division', village, '--summary', '走访'), 'wrong_key');
        });
      assert.deepEqual(await snapshot(phone), before);
    });

    for (const [what, content] of notDatabases)
      it(`${what} is not a database, and stays as it is`, async () => {
        const phone = await fixture.busyPhone(), before = await snapshot(phone);
        await withReplaced(join(phone.folder, 'phone.db'), content, async () => {
          assertPhoneError(await phone.attempt('list'), 'not_a_database');
          assertPhoneError(await phone.attempt('visit', '--division', village, '--summary', '走访'), 'not_a_database');
        });
        assert.deepEqual(await snapshot(phone), before);
      });

    it('a full disk: the save did not happen and says so; with room again it works', (test) =>
      onSmallDisk(fixture, test, 'small-phone', 4, async (disk) => {
        const phone = await fixture.busyPhone({ folder: join(disk.folder, 'phone') }), before = await snapshot(phone);
        const text = longText(fixture), save = () => phone.attempt('visit', '--division', village, '--summary', text);
        disk.fill();
        assertPhoneError(await save(), 'disk_full');
        assertPhoneError(await save(), 'disk_full');
        disk.makeRoom();
        assert.deepEqual(await snapshot(phone), before);
        assert.equal((await save()).status, 0);
        assert.equal((await phone.sync()).pushed, 2);
      }));

    it('a folder that is not writable: enrolling says so, and the code stays good', (test) =>
      inLockedFolder(fixture, test, 'locked-phone', async (folder, unlock) => {
        const phone = fixture.blankPhone(join(folder, 'phone'));
        const code = await fixture.server.enrolmentCode(phone.person);
        const enrol = ['enrol', '--server', fixture.server.url, '--ca', fixture.server.caFile, '--code', code];
        assertPhoneError(await phone.attempt(...enrol), 'io');
        await unlock();
        await phone.enrol(fixture.server.url, fixture.server.caFile, code);
      }));
  });
}

export function serverFiles(fixture) {
  const serve = (folder) =>
    run(fixture.programs.server, ['serve', '--data', folder, '--port', '0'], { timeoutMs: 15_000 });

  describe('the server’s files', () => {
    it('another key opens nothing, and harms nothing', async () => {
      const server = await restedServer(fixture, 'keyed'), before = await server.verify();
      await withReplaced(join(server.dataDir, 'storage.key'), randomBytes(32), async () => {
        assertServerError(await serve(server.dataDir), 'wrong_key');
      });
      for (const key of [undefined, randomBytes(7)])
        await withReplaced(join(server.dataDir, 'storage.key'), key, async () => {
          assertServerError(await serve(server.dataDir), 'bad_configuration', /storage\.key/);
        });
      assert.deepEqual(await server.verify(), before);
    });

    for (const [what, content] of notDatabases)
      it(`${what} is not a database, and stays as it is`, async () => {
        const server = await restedServer(fixture, `no-database-${what}`), before = await server.verify();
        await withReplaced(join(server.dataDir, 'doorstep.db'), content, async () => {
          assertServerError(await serve(server.dataDir), 'not_a_database');
        });
        assert.deepEqual(await server.verify(), before);
      });

    it('a backup replaces nothing, and says where it cannot be written', async () => {
      const server = await restedServer(fixture, 'backed-up'), file = (name) => fixture.workspace.path(name);
      const backup = (to) => run(fixture.programs.server, ['backup', '--data', server.dataDir, '--to', to]);
      writeFileSync(file('mine.txt'), 'mine');
      assertServerError(await backup(file('mine.txt')), 'already_exists');
      assert.equal(readFileSync(file('mine.txt'), 'utf8'), 'mine');
      await server.backup(file('first.backup'));
      assertServerError(await backup(file('first.backup')), 'already_exists');
      assertServerError(await backup(join(server.dataDir, 'doorstep.db')), 'already_exists');
      assertServerError(await backup(file(join('no-such-folder', 'x.backup'))), 'io');
      assert.equal((await server.verify()).commits, 1);
    });

    it('a data folder that cannot be made, written or found is refused', async (test) => {
      const file = fixture.workspace.path('a-file');
      writeFileSync(file, '');
      assertServerError(await serve(join(file, 'data')), 'bad_configuration');
      const missing = await run(fixture.programs.server, ['verify', '--data', fixture.workspace.path('nothing-here')]);
      assertServerError(missing, 'bad_configuration');
      await inLockedFolder(fixture, test, 'locked-server', async (folder) => {
        assertServerError(await serve(join(folder, 'data')), 'bad_configuration');
        // A folder of its own it opens up by itself; a disk that is read-only, nobody does.
        if (process.getuid() === 0) assertServerError(await serve(folder), 'bad_configuration');
      });
    });

    it('a full disk: phones are told that it is the server, and keep what they have; then nothing is missing', (test) =>
      onSmallDisk(fixture, test, 'small-server', 8, async (disk) => {
        const server = fixture.newServer(join('small-server', 'data'));
        await server.start();
        try {
          const phone = await fixture.busyPhone({ server }), text = longText(fixture);
          for (let i = 0; i < 6; ++i) await phone.add('visit', village, '--summary', text);
          disk.fill();
          // Not disk_full: that advice is for a save that did not happen, and these are safe on the phone.
          await assertNothingLost(phone, 'server_error', () => phone.attempt('sync'));
          disk.makeRoom();
          await phone.sync();
          assert.equal((await phone.status()).only_here, 0);
          assert.equal((await server.verify()).commits, 7);
        } finally {
          await server.kill();
        }
      }));
  });
}

/** "@file" of a text that needs room: 60 KB. */
function longText(fixture) {
  const path = fixture.workspace.path('long.txt');
  writeFileSync(path, '走访记录。'.repeat(4000));
  return `@${path}`;
}

/** A server that has been started once, holds a commit, and is stopped again. */
async function restedServer(fixture, name) {
  const server = fixture.newServer(name);
  await server.start();
  const phone = await fixture.busyPhone({ server });
  await phone.sync();
  const { status } = await server.stop();
  assert.equal(status, 0, 'SIGTERM ends it politely');
  return server;
}
