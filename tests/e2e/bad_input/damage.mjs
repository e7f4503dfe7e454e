// A phone's file that was damaged: fsck says what is wrong, --salvage saves what is left, and a synchronisation delivers it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { assertPhoneError, village } from './fixture.mjs';

const pageBytes = 4096;

/** Flips a bit in each of the pages (from 1), and returns the new content. */
function withDamage(path, pages) {
  const bytes = readFileSync(path);
  for (const page of pages) bytes[(page - 1) * pageBytes + 1000] ^= 1;
  writeFileSync(path, bytes);
  return bytes;
}

/** A phone with work that the server has and work that it has not. */
async function phoneWithUnsentWork(fixture, unsent) {
  const phone = await fixture.busyPhone();
  await phone.sync();
  for (let i = 0; i < unsent; ++i) await phone.add('visit', village, '--summary', `第${i}次走访，还没有上传。`.repeat(40));
  return phone;
}

export function damagedFiles(fixture) {
  describe('a phone’s damaged file', () => {
    it('a sound file is sound, and a rebuild of it changes nothing', async () => {
      const phone = await phoneWithUnsentWork(fixture, 1);
      const found = await phone.ask('fsck');
      assert.equal(found.sound, true);
      assert.deepEqual(found.findings, []);
      const { state } = await phone.verify();
      assert.equal(found.state, state);
      assert.equal((await phone.ask('fsck', '--rebuild')).state, state);
    });

    it('damaged pages are named, the file stays as it is, and what lies on others is salvaged and delivered', async () => {
      const phone = await phoneWithUnsentWork(fixture, 12), file = join(phone.folder, 'phone.db');
      const rescued = join(phone.folder, 'rescued.db');
      const pages = readFileSync(file).length / pageBytes;
      const damaged = withDamage(file, [5, pages - 2]);

      const check = await phone.attempt('fsck');
      assertPhoneError(check, 'corrupt', /page_damaged/);
      const { found } = JSON.parse(check.stdout);
      assert.deepEqual(found.findings.map(({ code, count }) => [code, count]), [['page_damaged', 2]]);
      assert.equal(found.rebuild_helps, false);
      assertPhoneError(await phone.attempt('fsck', '--rebuild'), 'corrupt');
      assert.deepEqual(readFileSync(file), damaged);

      const report = await phone.ask('fsck', '--salvage', rescued);
      assert.equal(report.pages_damaged, 2);
      assert.ok(report.own > 8, JSON.stringify(report));
      assert.deepEqual(readFileSync(file), damaged);
      assertPhoneError(await phone.attempt('fsck', '--salvage', rescued), 'already_exists');

      assert.equal((await phone.ask('--db', rescued, 'fsck')).sound, true);
      const before = (await fixture.server.verify()).commits;
      await phone.ask('--db', rescued, 'sync');
      assert.equal((await phone.ask('--db', rescued, 'status')).only_here, 0);
      assert.ok((await fixture.server.verify()).commits >= before + report.own - 2);
    });

    it('in plain words, in both languages', async () => {
      const phone = await phoneWithUnsentWork(fixture, 1), file = join(phone.folder, 'phone.db');
      withDamage(file, [3]);
      const { globalOptions } = phone;
      phone.globalOptions = () => ['--phone', phone.folder];
      assert.match((await phone.attempt('fsck')).stderr, /读不出的页.*1 处/s);
      assert.match((await phone.attempt('--lang', 'en', 'fsck')).stderr, /pages of the file cannot be read.*1 times/s);
      phone.globalOptions = globalOptions;
    });

    it('another key, another file and no file are told apart', async () => {
      const phone = await fixture.busyPhone(), key = join(phone.folder, 'phone.key'), kept = readFileSync(key);
      writeFileSync(key, Buffer.alloc(32, 7));
      assertPhoneError(await phone.attempt('fsck'), 'wrong_key');
      assertPhoneError(await phone.attempt('fsck', '--salvage', join(phone.folder, 'x.db')), 'wrong_key');
      assert.ok(!existsSync(join(phone.folder, 'x.db')));
      writeFileSync(key, kept);
      assertPhoneError(await phone.attempt('--db', join(phone.folder, 'nowhere.db'), 'fsck'), 'not_enrolled');
    });
  });
}
