// Every file of tests/json-corpus as the body of every request that takes JSON: a problem with its code, and a server
// that is as it was. The files are named for what parse_json() says to them (tests/unit/json reads the same).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { errors } from '../lib/error_codes.mjs';

const corpus = new URL('../../json-corpus/', import.meta.url);
const nobody = '0'.repeat(32), large = 256 * 1024;
/** path: what one may send there, in bytes, the code for sound JSON that asks for nothing, that for {} when it is another, and who asks. */
const routes = {
  '/api/v1/enrol': { bytesMax: 4096, sound: 'invalid_argument' },
  '/api/v1/session': { bytesMax: 4096, sound: 'invalid_argument' },
  [`/api/v1/records/${nobody}/reveals`]: { bytesMax: large, sound: 'invalid_argument', role: 'unit_head' },
  [`/api/v1/records/${nobody}/resolutions`]: { bytesMax: large, sound: 'invalid_argument', empty: 'not_found', role: 'unit_head' },
  '/api/v1/moves': { bytesMax: large, sound: 'invalid_argument', role: 'unit_head' },
  '/api/v1/erasures': { bytesMax: large, sound: 'invalid_argument', role: 'unit_head' },
  '/api/v1/exports/household': { bytesMax: large, sound: 'invalid_argument', role: 'unit_head' },
  '/api/v1/enrolments': { bytesMax: large, sound: 'invalid_argument', role: 'administrator' },
  '/api/v1/regrants': { bytesMax: large, sound: 'invalid_argument', role: 'administrator' },
  '/api/v1/revocations': { bytesMax: large, sound: 'invalid_argument', role: 'administrator' },
};
const status = { invalid_argument: 400, invalid_utf8: 400, not_found: 404, payload_too_large: 413 };

export function hostileJson(fixture) {
  const { server } = fixture;
  describe('hostile JSON', () => {
    for (const [path, { bytesMax, sound, empty = sound, role }] of Object.entries(routes)) {
      it(`every file of the corpus is a problem of ${path}`, async () => {
        const before = await server.verify(), files = readdirSync(corpus);
        assert.ok(files.length > 80, 'the corpus is there');
        const who = role ? await fixture.session(role) : {};
        const post = (body) => fixture.post(path, body, { 'content-type': 'application/json', ...who });
        for (const file of files) {
          const body = readFileSync(new URL(file, corpus)), named = file.split('.')[0];
          const code = body.length > bytesMax ? 'payload_too_large' : named !== 'sound' ? named : /^\uFEFF?\{\}$/.test(body) ? empty : sound;
          await assertProblem(post(body), code, file);
        }
        assert.ok(await server.healthy());
        const { commits, state } = await server.verify();
        assert.deepEqual({ commits, state }, { commits: before.commits, state: before.state });
      });
    }
  });
}

/** A body that is far too large may also be cut while it is still being sent. */
async function assertProblem(asked, code, file) {
  const answer = await asked.catch((error) => error.code);
  if (code === 'payload_too_large' && typeof answer === 'string') {
    assert.match(answer, /ECONNRESET|EPIPE/, file);
    return;
  }
  assert.equal(answer.headers?.['content-type'], 'application/problem+json', `${file}: ${answer}`);
  const { number, code: said } = JSON.parse(answer.body);
  assert.deepEqual([answer.status, said, number], [status[code], code, errors[code].number], file);
}
