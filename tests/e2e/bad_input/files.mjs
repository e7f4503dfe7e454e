// Files that are not what they should be: another key, another file, no room, no permission.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { SmallDisk } from '../lib/small_disk.mjs';
import { assertPhoneError, assertServerError, snapshot, village } from './fixture.mjs';

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

/** A disk of some MiB, or undefined after the test was skipped with the reason. */
async function smallDisk(fixture, test, name, mebibytes) {
  const disk = await SmallDisk.mount(fixture.workspace.path(name), mebibytes);
  if (disk instanceof SmallDisk) return disk;
  test.skip(disk);
  return undefined;
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

    it('a full disk: the save did not happen and says so; with room again it works', async (test) => {
      const disk = await smallDisk(fixture, test, 'small-phone', 4);
      if (!disk) return;
      try {
        const phone = await fixture.busyPhone({ folder: join(disk.folder, 'phone') }), before = await snapshot(phone);
        disk.fill();
        const text = '走访记录。'.repeat(4000);
        const full = fixture.workspace.path('full.txt');
        writeFileSync(full, text);
        const save = () => phone.attempt('visit', '--division', village, '--summary', `@${full}`);
        assertPhoneError(await save(), 'disk_full');
        assertPhoneError(await save(), 'disk_full');
        disk.makeRoom();
        assert.deepEqual(await snapshot(phone), before);
        assert.equal((await save()).status, 0);
        assert.equal((await phone.sync()).pushed, 2);
      } finally {
        await disk.unmount();
      }
    });

    it('a folder that is not writable: enrolling says so', async (test) => {
      const disk = await smallDisk(fixture, test, 'locked-phone', 4);
      if (!disk) return;
      try {
        await disk.readOnly();
        const phone = fixture.blankPhone(join(disk.folder, 'phone'));
        const code = await fixture.server.enrolmentCode(phone.person);
        const enrol = ['enrol', '--server', fixture.server.url, '--ca', fixture.server.caFile, '--code', code];
        assertPhoneError(await phone.attempt(...enrol), 'io');
        await disk.writable();
        assert.equal((await phone.attempt(...enrol)).status, 0, 'the code is still good');
      } finally {
        await disk.unmount();
      }
    });
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

    it('a backup goes nowhere where a file is already, and not into nothing', async () => {
      const server = await restedServer(fixture, 'backed-up'), taken = fixture.workspace.path('taken.backup');
      writeFileSync(taken, 'mine');
      const backup = (to) => run(fixture.programs.server, ['backup', '--data', server.dataDir, '--to', to]);
      const refused = await backup(taken);
      assert.notEqual(refused.status, 0, 'it must not overwrite');
      assertServerError(refused, nameIn(refused));
      assert.equal(readFileSync(taken, 'utf8'), 'mine');
      const nowhere = await backup(fixture.workspace.path('no-such-folder', 'x.backup'));
      assertServerError(nowhere, nameIn(nowhere));
    });

    it('a data folder that cannot be written is refused', async (test) => {
      const file = fixture.workspace.path('a-file');
      writeFileSync(file, '');
      assertServerError(await serve(join(file, 'data')), 'bad_configuration');
      const missing = await run(fixture.programs.server, ['verify', '--data', fixture.workspace.path('nothing-here')]);
      assertServerError(missing, 'bad_configuration');
      const disk = await smallDisk(fixture, test, 'locked-server', 4);
      if (!disk) return;
      try {
        await disk.readOnly();
        assertServerError(await serve(join(disk.folder, 'data')), 'bad_configuration');
        assertServerError(await serve(disk.folder), 'bad_configuration');
      } finally {
        await disk.unmount();
      }
    });

    it('a full disk: phones are told and keep what they have; with room again nothing is missing', async (test) => {
      const disk = await smallDisk(fixture, test, 'small-server', 8);
      if (!disk) return;
      const server = fixture.newServer(join('small-server', 'data'));
      try {
        await server.start();
        const phone = await fixture.busyPhone({ server }), text = fixture.workspace.path('long.txt');
        writeFileSync(text, '走访记录。'.repeat(4000));
        for (let i = 0; i < 6; ++i) await phone.add('visit', village, '--summary', `@${text}`);
        disk.fill();
        const before = await snapshot(phone), refused = await phone.attempt('sync');
        assert.notEqual(refused.status, 0, 'a server without room cannot take it');
        assertPhoneError(refused, nameIn(refused));
        disk.makeRoom();
        assert.deepEqual(await snapshot(phone), before);
        assert.equal((await phone.sync()).pushed + (await server.verify()).commits, 14);
        assert.equal((await phone.status()).only_here, 0);
      } finally {
        if (server.child?.exitCode === null) await server.kill();
        await disk.unmount();
      }
    });
  });
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

/** The error that a refusal names. */
const nameIn = (result) => /(\w+)[ （(]+(\d+)[)）]/.exec(result.stderr)?.[1] ?? 'internal';
