// Requests that no phone makes: no identity, no frame, another version's frame. Each is answered with its code, the
// server goes on, and not one commit more or less is there afterwards.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { errors } from '../lib/error_codes.mjs';
import { frame, hello, kinds, refusalIn } from '../lib/frames.mjs';
import { Office } from '../lib/office.mjs';

/** The error number of an answer, whether it is a problem or a message that ends in REFUSED. */
function refusalOf(answer) {
  const type = String(answer.headers['content-type']);
  return type.startsWith('application/problem+json') ? JSON.parse(answer.body).number : refusalIn(answer.body);
}

const mebibyte = 1024 * 1024;

/** Bodies in a content coding: what the header says, the body for a HELLO, and the status of the answer. */
const codedBodies = [
  ['gzip', gzipSync, 200],
  ['GZIP', gzipSync, 200],
  ['identity', (body) => body, 200],
  ['br', (body) => body, 415],
  ['gzip, gzip', (body) => gzipSync(gzipSync(body)), 415],
  ['gzip', (body) => body, 400],
  ['zstd', (body) => body, 400],
  ['gzip', (body) => gzipSync(body).subarray(0, -1), 400],
  ['gzip', (body) => Buffer.concat([gzipSync(body), Buffer.from('x')]), 400],
  ['gzip', () => gzipSync(Buffer.alloc(64 * mebibyte)), 413],
];

export function requests(fixture) {
  const { server } = fixture;
  let accounts = 0;
  const invited = () => server.invite({ name: `窗口${++accounts}`, role: 'window_officer', areas: ['341222000000'] });
  const sync = (body, token) => fixture.post('/sync/v1', body, token ? { authorization: `Bearer ${token}` } : {});

  /** Runs the body and asserts that the server lives and holds what it held. */
  const unharmed = async (body) => {
    const { commits, state } = await server.verify();
    await body();
    assert.ok(await server.healthy());
    const after = await server.verify();
    assert.deepEqual({ commits: after.commits, state: after.state }, { commits, state });
  };

  describe('a request without identity', () => {
    it('is refused with 401 by the sync endpoint, whatever it holds', () => unharmed(async () => {
      const replica = randomBytes(16).toString('hex');
      for (const token of [undefined, 'x', randomBytes(32).toString('hex'), (await invited()).invitation])
        for (const body of [hello(replica), Buffer.from('hello')]) {
          const answer = await sync(body, token);
          assert.equal(answer.status, 401);
          assert.equal(refusalOf(answer), errors.unauthorized.number);
        }
    }));

    it('sees nothing of the office and decides nothing', () => unharmed(async () => {
      const office = new Office(server);
      const page = await office.fetch('/office');
      assert.equal(page.status, 303);
      assert.ok(page.headers.location.endsWith('/office/login'));
      assert.equal((await office.post('/office/resolve', { record: '0'.repeat(32) })).status, 401);
      const guess = { name: '窗口1', password: 'a guessed password', code: '000000', token: 'guess' };
      for (const path of ['/office/login', '/office/activate'])
        assert.equal((await office.post(path, guess)).status, 401);
      await office.login(await office.activate(await invited()));
      assert.equal((await office.post('/office/resolve', { record: '0'.repeat(32) })).status, 403, 'no csrf secret');
    }));

    it('gets nothing but health', async () => {
      assert.ok(await server.healthy());
      for (const path of ['/', '/api/v1/records', '/doorstep.db', '/../doorstep.db', '/storage.key'])
        assert.ok((await new Office(server).fetch(path)).status >= 400, path);
    });
  });

  describe('a content coding', () => {
    const post = (body, token, headers) =>
      fixture.post('/sync/v1', body, { authorization: `Bearer ${token}`, ...headers });

    for (const [coding, encode, status] of codedBodies)
      it(`${coding} of ${String(encode).replace(/\s+/g, ' ')} is answered ${status}`, () => unharmed(async () => {
        const device = await fixture.rawDevice();
        const answer = await post(encode(hello(device.replica)), device.token, { 'content-encoding': coding });
        assert.equal(answer.status, status);
        if (status === 200) assert.equal(refusalOf(answer), undefined);
        if (status === 415 || status === 200) assert.equal(answer.headers['accept-encoding'], 'zstd, gzip');
      }));

    it('is undone for nobody without identity', () => unharmed(async () => {
      const bomb = gzipSync(Buffer.alloc(64 * mebibyte));
      assert.equal((await post(bomb, 'x', { 'content-encoding': 'gzip' })).status, 401);
    }));
  });

  describe('a frame', () => {
    let device;
    const afterHello = (next) => Buffer.concat([hello(device.replica), next]);
    it('starts with a device of its own', async () => {
      device = await fixture.rawDevice();
      assert.equal(refusalOf(await sync(hello(device.replica), device.token)), undefined);
    });

    const rows = [
      ['nothing', () => Buffer.alloc(0), 'malformed'],
      ['random bytes', () => randomBytes(300), 'malformed'],
      ['JSON', () => Buffer.from('{"hello":1}'), 'malformed'],
      ['a hello cut short', () => hello(device.replica).subarray(0, 30), 'malformed'],
      ['a hello with a flipped bit', () => flipped(hello(device.replica)), 'malformed'],
      ['a hello that says too much', () => frame(kinds.hello, Buffer.alloc(400, 1)), 'malformed'],
      ['a length beyond the limit', () => Buffer.from([1, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0]), 'malformed'],
      ['a push before the hello', () => frame(kinds.push, Buffer.from([0])), 'malformed'],
      ['an unknown kind', () => afterHello(frame(9, Buffer.from('new'))), 'malformed'],
      ['a push of nothing', () => afterHello(frame(kinds.push, Buffer.from([0]))), 'malformed'],
      ['another protocol version', () => hello(device.replica, { protocol: [2, 9] }), 'protocol_version'],
      ['a protocol of long ago', () => hello(device.replica, { protocol: [0, 0] }), 'protocol_version'],
    ];
    for (const [what, message, error] of rows)
      it(`that is ${what}: ${error}`, () => unharmed(async () => {
        const answer = await sync(message(), device.token);
        assert.ok(answer.status < 500, `HTTP ${answer.status}`);
        assert.equal(refusalOf(answer), errors[error].number);
      }));

    it('in the name of another device’s replica: forbidden', () => unharmed(async () => {
      const other = await fixture.rawDevice();
      assert.equal(refusalOf(await sync(hello(other.replica), device.token)), errors.forbidden.number);
    }));

    it('far too large: refused before it is read', () => unharmed(async () => {
      await assertTooLarge(sync(Buffer.alloc(8 * 1024 * 1024), device.token));
    }));
  });

  describe('an enrolment', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const bodies = ['', 'code=1', '[]', '{}', '{"code":1}', '{"code":"a","code":"b"}', '{"code":"\\ud800"}',
      deep.slice(0, 4000)];
    for (const body of bodies)
      it(`that says ${body.slice(0, 24) || 'nothing'}: a problem with a code`, () => unharmed(async () => {
        const answer = await fixture.post('/api/v1/enrol', body, { 'content-type': 'application/json' });
        assert.ok(answer.status >= 400 && answer.status < 500, `HTTP ${answer.status}`);
        assert.ok(Object.values(errors).some(({ number }) => number === refusalOf(answer)));
      }));
    it('that is 200,000 levels deep: too large', () => unharmed(async () => {
      await assertTooLarge(fixture.post('/api/v1/enrol', deep));
    }));
  });
}

/** HTTP 413, or a reset where the server closed while the client was still writing. */
async function assertTooLarge(asked) {
  const answer = await asked.catch((error) => error.code);
  if (typeof answer === 'string') assert.match(answer, /ECONNRESET|EPIPE/);
  else assert.deepEqual([answer.status, refusalOf(answer)], [413, errors.payload_too_large.number]);
}

/** One bit of the payload turned over. */
function flipped(message) {
  const copy = Buffer.from(message);
  copy[copy.length - 5] ^= 0x10;
  return copy;
}
