// Enrolment: wrong, late, stolen and worn-out codes, and a server that is not the office's.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';

import { assertPhoneError, snapshot, village } from './fixture.mjs';

/** A code of the same make whose secret half is another one: the server knows the code and counts the try. */
const spoilt = (code) => code.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

export function enrolment(fixture) {
  const { server } = fixture;
  const enrol = (phone, code, { url = server.url, ca = server.caFile } = {}) =>
    phone.attempt('enrol', '--server', url, '--ca', ca, '--code', code);
  const freshCode = (ttl) => server.enrolmentCode(fixture.person(), ttl);

  describe('enrolment', () => {
    it('refuses a wrong code; the phone stays unenrolled, and saves nothing in nobody’s name', async () => {
      const phone = fixture.blankPhone();
      for (const code of ['1234', '00000000-00000000000000000000000000000000', spoilt(await freshCode())])
        assertPhoneError(await enrol(phone, code), 'wrong_code');
      assert.equal((await phone.status()).enrolled, false);
      assertPhoneError(await phone.attempt('visit', '--division', village, '--summary', '走访'), 'not_enrolled');
    });

    it('refuses an expired code', async () => {
      const code = await freshCode(1), phone = fixture.blankPhone();
      await sleep(1200);
      assertPhoneError(await enrol(phone, code), 'expired_code');
      await phone.enrol(server.url, server.caFile, await freshCode());
    });

    it('voids a code after five wrong tries, and no other one', async () => {
      const code = await freshCode(), other = await freshCode(), phone = fixture.blankPhone();
      for (let i = 0; i < 5; ++i) assertPhoneError(await enrol(phone, spoilt(code)), 'wrong_code');
      assertPhoneError(await enrol(phone, spoilt(code)), 'too_many_attempts');
      assertPhoneError(await enrol(phone, code), 'too_many_attempts');
      await phone.enrol(server.url, server.caFile, other);
    });

    it('takes a code once: a second phone is refused, the first may ask again and keeps what it has', async () => {
      const code = await freshCode(), first = fixture.blankPhone();
      await first.enrol(server.url, server.caFile, code);
      await first.add('household', village, '--summary', '老人独居。');
      const before = await snapshot(first);
      assertPhoneError(await enrol(fixture.blankPhone(), code), 'wrong_code');
      await first.enrol(server.url, server.caFile, code);
      assert.deepEqual(await snapshot(first), before);
      assert.equal((await first.sync()).pushed, 1);
    });

    it('stops at a server of another authority, before the code is sent', async () => {
      const code = await freshCode(), phone = fixture.blankPhone();
      assertPhoneError(await enrol(phone, code, { ca: fixture.stranger.caFile }), 'wrong_certificate');
      await phone.enrol(server.url, server.caFile, code);
    });

    it('says that the server is down; the code stays good', async () => {
      const line = await fixture.line(), code = await freshCode(), phone = fixture.blankPhone();
      line.goDown();
      assertPhoneError(await enrol(phone, code, { url: line.url }), 'server_unreachable');
      line.repair();
      await phone.enrol(line.url, server.caFile, code);
    });

    it('wants an authority that is one, and an address that is one', async () => {
      const notACertificate = fixture.workspace.path('not-a-certificate.pem');
      writeFileSync(notACertificate, 'hello\n');
      const code = await freshCode();
      for (const ca of [notACertificate, fixture.workspace.path('missing.pem')])
        assertPhoneError(await enrol(fixture.blankPhone(), code, { ca }), 'bad_configuration');
      for (const url of ['http://127.0.0.1:1', '127.0.0.1', 'https://', `${server.url}/office`])
        assertPhoneError(await enrol(fixture.blankPhone(), code, { url }), 'bad_configuration');
    });
  });
}
