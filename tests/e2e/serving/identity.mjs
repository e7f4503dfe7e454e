// Enrolment with a key, and tokens, as phones and whoever stands between meet them.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { assertPhoneError, snapshot, village } from '../bad_input/fixture.mjs';
import { errors } from '../lib/error_codes.mjs';
import { run } from '../lib/program.mjs';
import { RawPhone } from '../lib/raw_phone.mjs';

export function identity(fixture) {
  const { server } = fixture;
  const attempt = (phone, code, at = server) =>
    phone.attempt('enrol', '--server', at.url, '--ca', server.caFile, '--code', code);
  const digitsOf = (result) => JSON.parse(result.stdout).found.digits;
  const confirm = (person, digits) =>
    run(server.program, ['devices', 'confirm', '--data', server.dataDir, '--name', person.name, '--device', person.device, '--digits', digits]);
  const person = (name) => ({ ...fixture.person(name), device: `${name}的手机` });

  describe('a phone that is enrolled', () => {
    it('waits for the office, and both show the same digits', async () => {
      const phone = fixture.blankPhone(), who = person('孙倩'), code = await server.enrolmentCode(who);
      const first = await attempt(phone, code), again = await attempt(phone, code);
      assertPhoneError(first, 'awaiting_confirmation', /\d{6}/);
      assert.equal(digitsOf(again), digitsOf(first));
      const waiting = (await server.waiting()).filter(({ author }) => author === who.name);
      assert.deepEqual(waiting.map(({ digits }) => digits), [digitsOf(first)]);
      assert.equal((await phone.status()).enrolled, false);
      assertPhoneError(await phone.attempt('sync'), 'not_enrolled');

      assert.equal((await confirm(who, digitsOf(first))).status, 0);
      assert.equal((await attempt(phone, code)).status, 0);
      assert.equal((await confirm(who, digitsOf(first))).status, errors.not_found.number, 'nobody waits now');
      await phone.add('household', village, '--summary', '老人独居。');
      assert.equal((await phone.sync()).pushed, 1);
    });

    it('keeps what it wrote and goes on while it waits to be enrolled anew', async () => {
      const phone = await fixture.busyPhone(), code = await server.enrolmentCode(phone.person), before = await snapshot(phone);
      const waits = await attempt(phone, code);
      assertPhoneError(waits, 'awaiting_confirmation');
      assert.deepEqual(await snapshot(phone), before);
      assert.equal((await phone.sync()).pushed, 1);
      await phone.add('visit', village, '--household', phone.household, '--note', '无人应门');
      assert.equal((await confirm(phone.person, digitsOf(waits))).status, 0);
      assert.equal((await attempt(phone, code)).status, 0);
      assert.equal((await phone.sync()).pushed, 1);
    });

    it('loses nothing with an answer', async () => {
      const line = await fixture.line(), phone = fixture.blankPhone(), code = await server.enrolmentCode(phone.person);
      const lost = async () => {
        const swallowed = line.swallowAnswer(), trying = attempt(phone, code, line);
        await swallowed;
        line.goDown();
        assertPhoneError(await trying, 'server_unreachable');
        line.repair();
      };
      await lost(); // the nonce
      const waits = await attempt(phone, code, line);
      assertPhoneError(waits, 'awaiting_confirmation');
      assert.equal((await confirm(phone.person, digitsOf(waits))).status, 0);
      await lost();
      assert.equal((await attempt(phone, code, line)).status, 0);
    });

    it('has its key in a file of its own', async () => {
      const phone = await fixture.phone(), file = join(phone.folder, 'phone.device.pem');
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.match(readFileSync(file, 'utf8'), /^-----BEGIN PRIVATE KEY-----\n/);
    });
  });

  describe('who stands between', () => {
    /** Somebody who knows the code, and is faster with it. */
    const thief = async (who, code) => {
      const other = new RawPhone(), { nonce } = await fixture.must('/api/v1/enrol/nonce', { code, commitment: other.commitment });
      assert.equal((await fixture.postJson('/api/v1/enrol', other.proofOfEnrolment(code, nonce))).status, 403);
      return { other, nonce };
    };

    it('is not the phone: the real one gets nowhere with the code', async () => {
      const who = person('郑涛'), code = await server.enrolmentCode(who);
      await thief(who, code);
      assertPhoneError(await attempt(fixture.blankPhone(), code), 'wrong_code');
    });

    it('shows other digits when the phone trusts another authority', async () => {
      const who = person('吴敏'), code = await server.enrolmentCode(who), { other, nonce } = await thief(who, code);
      const [{ digits }] = (await server.waiting()).filter(({ author }) => author === who.name);
      const stranger = fixture.newServer('another-authority');
      await stranger.start();
      const shown = other.digits(code, nonce, stranger.ca);
      assert.equal(digits, other.digits(code, nonce, server.ca));
      assert.notEqual(shown, digits);
      for (let i = 0; i < 3; ++i) assert.equal((await confirm(who, shown)).status, errors.digits_differ.number);
      assert.equal((await confirm(who, digits)).status, errors.not_found.number, 'void after the third');
    });
  });

  describe('a token', () => {
    const sync = (token) => fixture.post('/sync/v1', 'x', { authorization: `Bearer ${token}` });
    const letIn = async (token) => (await sync(token)).status !== 401;

    it('ends when a later one was used', async () => {
      const { phone, token } = await fixture.rawDevice();
      assert.ok(await letIn(token));
      const next = await fixture.token(phone);
      assert.ok(await letIn(token), 'its answer may have been lost');
      assert.ok(await letIn(next));
      assert.ok(!await letIn(token));
    });

    it('is given for a proof once', async () => {
      const { phone } = await fixture.rawDevice(), { nonce } = await fixture.must('/api/v1/access/nonce', {});
      const proof = phone.proof(nonce);
      assert.equal((await fixture.postJson('/api/v1/access', proof)).status, 200);
      assert.equal((await fixture.postJson('/api/v1/access', proof)).status, 401);
    });

    it('is fetched anew by the phone when it is over', async () => {
      const phone = await fixture.busyPhone();
      await phone.sync();
      await phone.add('visit', village, '--household', phone.household, '--note', '再访');
      await fixture.endToken(phone);
      assert.equal((await phone.sync()).pushed, 1);
    });
  });
}
