// Words that travel in a file: taken in once, by the office they are for, from the phone that wrote them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { assertPhoneError, assertServerError, village } from './fixture.mjs';

export function handover(fixture) {
  const importFile = (file, server = fixture.server) =>
    run(fixture.programs.server, ['import', '--data', server.dataDir, file, '--json']);
  const taken = async (file) => {
    const result = await importFile(file);
    assert.equal(result.status, 0, result.stderr);
    return JSON.parse(result.stdout).taken;
  };
  let files = 0;
  const fresh = () => fixture.workspace.path(`handed-over-${++files}.doorstep`);

  describe('hand-over by file', () => {
    it('counts once, and the phone learns of it when it synchronises', async () => {
      const phone = await fixture.busyPhone(), first = fresh(), second = fresh();
      await phone.add('visit', village, '--summary', '没有网络的走访。');
      const before = (await fixture.server.verify()).commits;
      assert.deepEqual(await phone.ask('export', '--out', first), { from: 1, to: 2, top: 2 });
      assert.ok(!readFileSync(first).includes('没有网络的走访'), 'sealed');
      assertPhoneError(await phone.attempt('export', '--out', first), 'already_exists');
      assert.equal(await taken(first), 2);
      assert.equal(await taken(first), 0);
      await phone.add('visit', village, '--summary', '又一次。');
      await phone.ask('export', '--out', second);
      assert.equal(await taken(second), 1);
      assert.equal((await phone.status()).only_here, 3);
      await phone.sync();
      assert.equal((await phone.status()).only_here, 0);
      assert.equal(await taken(first), 0);
      assert.equal((await fixture.server.verify()).commits, before + 3);
      assert.equal((await phone.attempt('export', '--out', fresh())).status, 0, 'nothing to carry is no error');
    });

    it('a file out of turn says which is missing', async () => {
      const phone = await fixture.busyPhone(), later = fresh(), all = fresh();
      await phone.add('visit', village, '--summary', '走访。');
      await phone.ask('export', '--out', later, '--after', '1');
      await phone.ask('export', '--out', all);
      assertServerError(await importFile(later), 'chain_broken', /up to 0, this file begins with 2/);
      assert.equal(await taken(all), 2);
      assert.equal(await taken(later), 0);
    });

    it('cut, changed, foreign and strange files are refused, and nothing comes of them', async () => {
      const phone = await fixture.busyPhone(), file = fresh(), bad = fresh();
      await phone.ask('export', '--out', file);
      const whole = readFileSync(file), before = await fixture.server.verify();
      const cases = [[whole.subarray(0, -1), 'malformed'], [Buffer.concat([whole, Buffer.from('x')]), 'malformed'],
        [Buffer.from('走访记录'), 'malformed'], [Buffer.alloc(0), 'malformed']];
      for (const at of [0, 20, 100, 160, whole.length >> 1, whole.length - 3]) {
        const changed = Buffer.from(whole);
        changed[at] ^= 1;
        cases.push([changed, 'malformed']);
      }
      for (const [content, code] of cases) {
        writeFileSync(bad, content);
        assertServerError(await importFile(bad), code);
      }
      assertServerError(await importFile(file, fixture.stranger), 'forbidden', /another office/);
      assertServerError(await importFile(fixture.workspace.path('nowhere')), 'bad_configuration');
      assert.deepEqual(await fixture.server.verify(), before);
      assert.equal(await taken(file), 1);
    });

    it('a phone that is not enrolled has no office to export for', async () => {
      assertPhoneError(await fixture.blankPhone().attempt('export', '--out', fresh()), 'not_enrolled');
    });
  });
}
