// The staff's accounts, as an operator makes and ends them while the server runs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Office } from '../lib/office.mjs';
import { run } from '../lib/program.mjs';

const county = '341222000000', township = '341222101000';

export function accounts(fixture) {
  const { server } = fixture;
  const stateOf = async (name) =>
    (await server.ask('staff', 'list', '--json')).accounts.find((account) => account.name === name);
  const disable = (name) => run(server.program, ['staff', 'disable', '--data', server.dataDir, '--name', name]);

  describe('an account', () => {
    it('is invited, active, disabled and reset, each at the next request', async () => {
      const office = new Office(server), person = { name: '孙主任', role: 'unit_head', areas: [township] };
      const invited = await server.invite(person);
      const { role, state, areas } = await stateOf(person.name);
      assert.deepEqual({ role, state, areas }, { role: 'unit_head', state: 'invited', areas: [township] });

      await office.login(await office.activate(invited));
      assert.equal((await stateOf(person.name)).state, 'active');
      assert.equal((await office.fetch('/office')).status, 200);
      await assert.rejects(office.activate(invited), /401/, 'an invitation is good once');

      assert.equal((await disable(person.name)).status, 0);
      assert.equal((await office.fetch('/office')).status, 303);
      assert.equal((await stateOf(person.name)).state, 'disabled');

      const { invitation } = await server.ask('staff', 'reset', '--name', person.name, '--json');
      await office.login(await office.activate({ name: person.name, invitation }));
      assert.equal((await office.fetch('/office')).status, 200);
    });

    it('sees its areas alone, masked, and for a purpose in full', async () => {
      const phone = await fixture.busyPhone(), phones = '13812345678';
      await phone.add('household', '341222101202', '--address', '八里村三组17号', '--summary', `电话${phones}`);
      await phone.sync();
      const see = async (name, areas) => {
        const office = new Office(server);
        await office.login(await office.activate(await server.invite({ name, role: 'case_handler', areas })));
        return { page: await office.page(), all: await office.everythingReadable() };
      };
      const own = await see('周承办', [township]), other = await see('吴承办', ['341222102000']);
      assert.ok(own.page.includes('电话＊＊＊') && !own.page.includes('八里村三组17号'));
      assert.ok(own.all.includes(`电话${phones}`) && own.all.includes('八里村三组17号'));
      assert.ok(!other.all.includes('电话＊＊＊') && !other.all.includes(phones));
    });

    it('is not made twice, nor of a role or a scope that there is not', async () => {
      const add = (...args) => run(server.program, ['staff', 'add', '--data', server.dataDir, ...args]);
      const once = ['--name', '郑窗口', '--role', 'window_officer', '--area', county];
      assert.equal((await add(...once)).status, 0);
      assert.equal((await add(...once)).status, 3, 'already_exists');
      assert.equal((await add('--name', '甲', '--role', 'mayor', '--area', county)).status, 1, 'invalid_argument');
      assert.equal((await add('--name', '甲', '--role', 'auditor', '--area', county, '--restricted')).status, 1);
      assert.equal((await add('--name', '甲', '--role', 'auditor', '--area', '999999000000')).status, 7, 'unknown_area');
      assert.equal((await disable('乙')).status, 2, 'not_found');
    });
  });
}
