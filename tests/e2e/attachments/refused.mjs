// What a tus client must not send, and what nobody gets: each refused with its own status, and the upload as it was.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { request } from '../lib/https.mjs';
import { content, sha256 } from './content.mjs';

const base64 = (text) => Buffer.from(text).toString('base64');
const file = content('refused', 300_000);

export function refused(fixture) {
  const { server } = fixture;
  const ask = (method, path, headers, body) =>
    request(server.url + path, { ca: server.ca, method, headers: { 'tus-resumable': '1.0.0', ...headers }, body });
  const metadata = (record = fixture.household) => `record ${base64(record)},filetype ${base64('image/png')}`;
  const begin = (session, headers = {}) => ask('POST', '/api/v1/attachments',
    { ...session, 'upload-length': String(file.length), 'upload-metadata': metadata(), ...headers });
  const patch = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };

  describe('an upload', () => {
    let owner, other, at;
    const offset = async () => Number((await ask('HEAD', at, owner)).headers['upload-offset']);

    it('is described', async () => {
      const { status, headers } = await ask('OPTIONS', '/api/v1/attachments', {});
      assert.equal(status, 204);
      assert.equal(headers['tus-version'], '1.0.0');
      assert.equal(headers['tus-extension'], 'creation,expiration,termination,checksum');
      assert.equal(headers['tus-checksum-algorithm'], 'sha256');
      assert.equal(headers['tus-max-size'], String(64 * 1024 * 1024));
    });

    it('is begun only with what is right', async () => {
      [owner, other] = [await fixture.session('window_officer'), await fixture.session('window_officer')];
      const rows = [
        ['no Tus-Resumable', 412, { 'tus-resumable': '' }],
        ['another version', 412, { 'tus-resumable': '0.2.2' }],
        ['no length', 400, { 'upload-length': '' }],
        ['a negative length', 400, { 'upload-length': '-5' }],
        ['a signed length', 400, { 'upload-length': '+5' }],
        ['a length of none', 400, { 'upload-length': '0' }],
        ['a length with a fraction', 400, { 'upload-length': '1.5' }],
        ['a length past 64 bits', 400, { 'upload-length': '99999999999999999999999' }],
        ['one byte too long', 413, { 'upload-length': String(64 * 1024 * 1024 + 1) }],
        ['a huge length', 413, { 'upload-length': '18446744073709551615' }],
        ['a deferred length', 400, { 'upload-length': '', 'upload-defer-length': '1' }],
        ['no record', 400, { 'upload-metadata': `filetype ${base64('image/png')}` }],
        ['no metadata', 400, { 'upload-metadata': '' }],
        ['metadata that is no base 64', 400, { 'upload-metadata': 'record ***' }],
        ['a record that is no id', 400, { 'upload-metadata': metadata('x') }],
        ['a record that there is not', 404, { 'upload-metadata': metadata('0'.repeat(32)) }],
        ['no media type', 400, { 'upload-metadata': `${metadata()},filetype ${base64('text html')}` }],
        ['a line break in the media type', 400, { 'upload-metadata': `${metadata()},filetype ${base64('a/b\r\nX: y')}` }],
        ['no secret of the session', 403, { 'x-csrf-token': 'no' }],
        ['no session', 401, { cookie: 'a=b' }],
      ];
      for (const [what, status, headers] of rows) assert.equal((await begin(owner, headers)).status, status, what);
      const auditor = await fixture.session('auditor');
      assert.equal((await begin(auditor)).status, 403, 'who does not handle');
      const answer = await begin(owner);
      assert.equal(answer.status, 201);
      at = answer.headers.location;
      assert.ok(Date.parse(answer.headers['upload-expires']) > Date.now());
    });

    it('takes bytes only where it stands, from its owner', async () => {
      const half = file.subarray(0, 150_000);
      const rows = [
        ['no Tus-Resumable', 412, owner, { 'tus-resumable': '' }],
        ['another media type', 415, owner, { 'content-type': 'application/octet-stream' }],
        ['no offset', 400, owner, { 'upload-offset': '' }],
        ['a negative offset', 400, owner, { 'upload-offset': '-1' }],
        ['a later offset', 409, owner, { 'upload-offset': '1' }],
        ['an offset past the end', 413, owner, { 'upload-offset': '300001' }],
        ['a huge offset', 413, owner, { 'upload-offset': '18446744073709551615' }],
        ["another's upload", 404, other, {}],
        ['no secret of the session', 403, owner, { 'x-csrf-token': 'no' }],
        ['another checksum', 460, owner, { 'upload-checksum': `sha256 ${sha256('x').toString('base64')}` }],
        ['a checksum of another algorithm', 400, owner, { 'upload-checksum': 'md5 AAAA' }],
        ['a checksum that is none', 400, owner, { 'upload-checksum': 'sha256 AAAA' }],
      ];
      for (const [what, status, who, headers] of rows) {
        assert.equal((await ask('PATCH', at, { ...who, ...patch, ...headers }, half)).status, status, what);
        assert.equal(await offset(), 0, what);
      }
      const longer = await ask('PATCH', at, { ...owner, ...patch }, Buffer.concat([file, file]));
      assert.equal(longer.status, 413, 'more than was said');
      for (const method of ['HEAD', 'DELETE']) assert.equal((await ask(method, at, other)).status, 404, method);
      const none = `/api/v1/attachments/${'0'.repeat(32)}`;
      assert.equal((await ask('PATCH', none, { ...owner, ...patch }, half)).status, 404);
      assert.equal((await ask('PATCH', '/api/v1/attachments/..%2f', { ...owner, ...patch }, half)).status, 404);
      const large = Buffer.alloc(64 * 1024 * 1024 + 1);
      assert.equal((await ask('PATCH', at, { ...owner, ...patch }, large).catch(() => ({ status: 413 }))).status, 413);
      assert.equal(await offset(), 0);

      const checksum = `sha256 ${sha256(half).toString('base64')}`;
      const taken = await ask('PATCH', at, { ...owner, ...patch, 'upload-checksum': checksum }, half);
      assert.deepEqual([taken.status, taken.headers['upload-offset']], [204, '150000']);
      assert.equal((await ask('PATCH', at, { ...owner, ...patch }, half)).status, 409, 'sent again');
      const last = await ask('PATCH', at, { ...owner, ...patch, 'upload-offset': '150000' }, file.subarray(150_000));
      assert.equal(last.status, 204);
      assert.match(last.headers['content-location'], new RegExp(`/attachments/${sha256(file).toString('hex')}$`));
      const again = await ask('PATCH', at, { ...owner, ...patch, 'upload-offset': String(file.length) }, Buffer.alloc(0));
      assert.equal(again.status, 204, 'its last answer was lost: nothing is done again');
    });

    it('is shown for a purpose, to who handles, through the record that names it', async () => {
      const name = sha256(file).toString('hex'), path = `/api/v1/records/${fixture.household}/attachments/${name}`;
      const get = (session, headers = {}, where = path) => ask('GET', where, { cookie: session.cookie, ...headers });
      const handling = { 'doorstep-purpose': 'handling' };
      assert.equal((await get(owner)).status, 400, 'without a purpose');
      assert.equal((await get(owner, { 'doorstep-purpose': 'curiosity' })).status, 400);
      assert.equal((await get(owner, { 'doorstep-purpose': 'supervision' })).status, 403);
      assert.equal((await get(await fixture.session('supervisor'), handling)).status, 403);
      assert.equal((await get(await fixture.session('auditor'), handling)).status, 403);
      assert.equal((await get(owner, handling, path.replace(name, 'f'.repeat(64)))).status, 404);
      assert.equal((await get(owner, handling, path.replace(fixture.household, '0'.repeat(32)))).status, 404);
      assert.equal((await get(owner, handling)).status, 200);
    });

    it('is no page, whatever it was said to be', async () => {
      const page = Buffer.from('<script>alert(1)</script>');
      const { headers } = await ask('POST', '/api/v1/attachments', {
        ...owner, 'upload-length': String(page.length),
        'upload-metadata': `record ${base64(fixture.household)},filetype ${base64('text/html')}` });
      await ask('PATCH', headers.location, { ...owner, ...patch }, page);
      const shown = await ask('GET', `/api/v1/records/${fixture.household}/attachments/${sha256(page).toString('hex')}`,
        { cookie: owner.cookie, 'doorstep-purpose': 'handling' });
      assert.equal(shown.status, 200);
      assert.equal(shown.headers['content-type'], 'application/octet-stream');
      assert.equal(shown.headers['x-content-type-options'], 'nosniff');
      assert.match(shown.headers['content-disposition'], /^attachment; filename="[0-9a-f]{12}\.bin"$/);
    });

    it('is one of few that somebody leaves unfinished', async () => {
      const somebody = await fixture.session('case_handler');
      for (let i = 0; i < 32; ++i) assert.equal((await begin(somebody)).status, 201);
      assert.equal((await begin(somebody)).status, 429);
    });
  });
}
