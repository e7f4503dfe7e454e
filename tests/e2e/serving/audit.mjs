// The audit chain by its commands: who did what is there, and a chain that was cut off is told.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { township } from '../bad_input/fixture.mjs';
import { errors } from '../lib/error_codes.mjs';
import { Office } from '../lib/office.mjs';
import { run } from '../lib/program.mjs';

export function audit(fixture) {
  describe('the audit chain', () => {
    const server = fixture.newServer('audit'), head = join(server.dataDir, 'doorstep.db.audit');
    const call = (...args) => run(fixture.programs.server, ['audit', ...args, '--data', server.dataDir]);
    const list = async (...args) => {
      const { stdout, status } = await call('list', '--json', ...args);
      assert.equal(status, 0);
      return stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
    };

    it('says who did what, with no word of a record', async () => {
      await server.start();
      const phone = await fixture.busyPhone({ server });
      await phone.sync();
      const office = new Office(server), head = { name: '钱主任', role: 'unit_head', areas: [township] };
      await office.login(await office.activate(await server.invite(head)));
      const backup = fixture.workspace.path('audited.db');
      await server.backup(backup);
      assert.match(readFileSync(`${backup}.audit`, 'utf8'), /^[0-9a-f]{64} \d+ [0-9a-f]{64} [0-9a-f]+\n$/);
      const entries = await list();
      assert.deepEqual(entries.map((entry) => entry.action), ['founded', 'configured', 'enrolment_created',
        'enrolment_used', 'enrolment_confirmed', 'account_added', 'signed_in', 'backed_up']);
      assert.deepEqual(entries.map((entry) => entry.actor), ['console', 'console', 'console', '李明的手机', 'console', 'console', '钱主任', 'console']);
      assert.doesNotMatch(JSON.stringify(entries), /八里村三组|老人独居/);
      assert.deepEqual((await list('--after', '6')).map((entry) => entry.number), [7, 8]);
    });

    it('is sound, and its head lies outside', async () => {
      const { stdout, status } = await call('verify', '--json');
      assert.equal(status, 0);
      const report = JSON.parse(stdout), [, number, hash] = readFileSync(head, 'utf8').split(' ');
      assert.deepEqual([report.sound, report.witnessed, String(report.entries), report.hash], [true, true, number, hash]);
      assert.match((await call('verify')).stdout, /^sound: 8 entries, head [0-9a-f]{64}\n$/);
    });

    it('grows with another configuration, and not with the same', async () => {
      await server.stop();
      await server.start(); // on the port that it had, and now by name
      await server.stop();
      await server.start();
      assert.deepEqual((await list('--after', '8')).map((entry) => entry.action), ['configured']);
    });

    it('tells that its end was cut off', async () => {
      await server.stop();
      const old = fixture.workspace.path('old.db'), database = join(server.dataDir, 'doorstep.db');
      for (const tail of ['', '-wal']) try { copyFileSync(database + tail, old + tail); } catch { /* no log: all is in it */ }
      await server.enrolmentCode(fixture.person());
      for (const tail of ['', '-wal', '-shm']) rmSync(database + tail, { force: true });
      for (const tail of ['', '-wal']) try { copyFileSync(old + tail, database + tail); } catch { /* as above */ }
      const { stderr, status } = await call('verify');
      assert.equal(status, errors.corrupt.number);
      assert.match(stderr, /audit entry 10 is missing: the chain once reached 10/);
    });

    it('does not take another server\'s head for its own', async () => {
      writeFileSync(head, readFileSync(head, 'utf8').replace(/[0-9a-f]\n$/, (end) => (end[0] === '0' ? '1\n' : '0\n')));
      const { stderr, status } = await call('verify');
      assert.equal(status, errors.corrupt.number);
      assert.match(stderr, /damaged, or not this server's/);
    });
  });
}
