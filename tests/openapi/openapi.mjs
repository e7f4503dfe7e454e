// The description of the office's API, held against the real server: linted; every operation answered as it says; every
// request that it forbids refused.
//   node tests/openapi/openapi.mjs --bin-dir build/dev/bin
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Fixture, village } from '../e2e/bad_input/fixture.mjs';
import { parseArguments } from '../e2e/lib/arguments.mjs';
import { request } from '../e2e/lib/https.mjs';
import { Office } from '../e2e/lib/office.mjs';
import { findPrograms, run } from '../e2e/lib/program.mjs';
import { RawPhone } from '../e2e/lib/raw_phone.mjs';
import { codeOf, fromBase32 } from '../e2e/lib/totp.mjs';
import { Workspace } from '../e2e/lib/workspace.mjs';
import { Description } from './description.mjs';
import { forbidden } from './forbidden.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const given = parseArguments(process.argv.slice(2), { 'bin-dir': 'text' });
const programs = findPrograms(given['bin-dir'] ?? process.env.DOORSTEP_BIN_DIR ?? 'build/dev/bin');
const file = here('../../server/api/openapi.yaml');
// Not with the library that wrote it: how many rows there are, and in how many a household's summary stands.
const readSheet = `
import json, re, sys, zipfile
book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
sheet = book.read('xl/worksheets/sheet1.xml').decode()
print(json.dumps({'rows': len(re.findall('<row ', sheet)), 'households': len(re.findall('第[0-9]+户', sheet))}))`;
const nobody = '0'.repeat(32);
const nothing = { record: nobody, division: village, type: 'household', dot: `${nobody}:1`, part: 0, upload: nobody, attachment: nobody + nobody };

describe('the description of the API', () => {
  const fixture = new Fixture(programs, new Workspace('openapi')), description = new Description(file);
  const head = { cookie: '', csrf: '' }, administrator = { cookie: '', csrf: '' }; // sessions
  const asked = new Map(); // operation id -> statuses that were seen
  const ofAccounts = ['createEnrolment', 'confirm', 'regrant', 'revoke'];

  /** Asks, and holds the answer against the description. */
  async function ask(id, { at, query = '', body, text, headers = {}, as = head } = {}) {
    const operation = description.operation(id), { method } = operation;
    const all = { ...(as.cookie && { cookie: as.cookie }), ...(as.token && { authorization: `Bearer ${as.token}` }), ...headers };
    if (!['GET', 'HEAD'].includes(method) && as.csrf) all['x-csrf-token'] = as.csrf;
    if (body !== undefined) all['content-type'] = 'application/json';
    const url = fixture.server.url + operation.at(at) + query;
    const sent = body === undefined ? text : JSON.stringify(body);
    const answer = await request(url, { ca: fixture.server.ca, method, headers: all, body: sent });
    assert.equal(operation.wrong(answer), '', `${method} ${url}: HTTP ${answer.status} ${answer.body}`);
    asked.set(id, [...(asked.get(id) ?? []), answer.status]);
    return { ...answer, json: answer.body.length > 0 && /[/+]json(;|$)/.test(answer.headers['content-type']) ? JSON.parse(answer.body) : {} };
  }

  /** Brings a table of households. */
  const bring = (text, key) => ask('importRecords',
    { at: { type: 'household' }, query: `?area=${village}`, text, headers: { 'content-type': 'text/csv', 'idempotency-key': key } });

  /** The same for what must work: what was sent is of the description too. */
  async function does(id, status, options = {}) {
    const { bodySchema } = description.operation(id);
    if (bodySchema) assert.equal(description.wrong(bodySchema, options.body), '', `the body of ${id}`);
    const answer = await ask(id, options);
    assert.equal(answer.status, status, `${id}: ${answer.body}`);
    return answer;
  }

  before(async () => {
    await fixture.server.start();
    for (const [session, role] of [[head, 'unit_head'], [administrator, 'administrator']]) {
      const account = await new Office(fixture.server).activate(
        await fixture.server.invite({ name: `员工${role}`, role, areas: ['341222000000'] }));
      const code = codeOf(fromBase32(account.secret), Date.now());
      const { headers, json } = await does('signIn', 201, { body: { name: account.name, password: account.password, code }, as: {} });
      session.cookie = /__Host-session=[^;]+/.exec(String(headers['set-cookie']))[0];
      session.csrf = json.csrf;
    }
  });
  after(() => fixture.close());

  it('lints', async () => {
    const { status, stdout, stderr } = await run(process.execPath,
      [here('node_modules/@redocly/cli/bin/cli.js'), 'lint', '--config', here('redocly.yaml'), '--format', 'stylish', file],
      { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } });
    assert.equal(status, 0, stdout + stderr);
  });

  it('is what the server itself gives out', async () => {
    const { body } = await does('getDescription', 200);
    assert.equal(body.toString(), readFileSync(file, 'utf8'));
    await does('getSchema', 200);
    await does('getSession', 200);
    await does('getDivision', 200, { at: { division: village } });
  });

  it('holds for a day of the office', async () => {
    const one = await fixture.phone(), other = await fixture.phone();
    const household = await one.add('household', village, '--address', '八里村三组17号', '--summary', '老人独居。', '--need', '助浴');
    await one.add('visit', village, '--household', household, '--note', '无人应门');
    await one.sync();
    await other.sync();
    await one.edit(household, village, '--summary', '屋顶漏雨');
    await other.edit(household, village, '--summary', '近日住院');
    await one.sync();
    await other.sync();

    const first = await does('listRecords', 200, { query: '?limit=1' });
    const rest = await does('listRecords', 200, { query: `?cursor=${first.json.next}&area=${village}` });
    assert.equal(first.json.items.length + rest.json.items.length, 2);
    await does('listRecords', 304, { query: '?limit=1', headers: { 'if-none-match': first.headers.etag } });

    const record = { record: household };
    const { items } = (await does('listConflicts', 200, { query: '?type=household' })).json;
    assert.deepEqual(items.map(({ id }) => id), [household]);
    const seen = items[0].fields.summary.values.flatMap(({ writes }) => writes.map(({ dot }) => dot));
    const decision = { at: record, body: { field: 'summary', value: '近日住院', seen }, headers: { 'idempotency-key': 'a-1' } };
    await does('resolve', 204, decision);
    assert.equal((await does('resolve', 204, decision)).headers['idempotency-replayed'], 'true');
    const masked = await does('getRecord', 200, { at: record }), shown = await does('reveal', 200, { at: record, body: { purpose: 'handling' } });
    assert.equal(masked.json.fields.address.values[0].value, '＊＊＊');
    assert.equal(shown.json.fields.address.values[0].value, '八里村三组17号');
    assert.ok((await does('getHistory', 200, { at: record })).json.items.length >= 5);

    const moved = { body: { records: [household], to: '341222101204' } };
    assert.equal((await does('move', 200, moved)).json.moved, 1);
    const parts = (await does('getParts', 200, { at: record })).json.items;
    const written = parts.find(({ area, author }) => area === village && author === '李明');
    const order = { dot: written.dot, area: village, rule: '个人信息保护法第四十七条', ordered_by: '县法院' };
    await does('erase', 201, { body: order });
    await does('getHistory', 200, { at: record });
    await does('getRecord', 200, { at: record });
  });

  it('holds for files of records', async () => {
    const phone = await fixture.phone();
    for (let i = 0; i < 120; ++i) await phone.add('household', village, '--summary', `第${i}户`);
    await phone.sync();
    const file = async (format) => {
      const at = { type: 'household' }, { body, headers } = await does('exportRecords', 200, { at, query: `?format=${format}` });
      assert.equal(headers['transfer-encoding'], 'chunked');
      return { body, records: Number(headers['doorstep-records']) };
    };
    const csv = await file('csv');
    assert.ok(csv.records >= 120);
    assert.equal(csv.body.toString().match(/第\d+户/g).length, 120);
    const revealed = await does('exportRevealed', 200, { at: { type: 'household' }, body: { purpose: 'handling', format: 'csv', area: village } });
    assert.match(revealed.body.toString(), /第0户/);
    assert.equal((await file('ndjson')).body.toString().trim().split('\n').length, csv.records);
    assert.equal(JSON.parse((await file('geojson')).body).features.length, csv.records);
    const sheet = fixture.workspace.path('households.xlsx');
    writeFileSync(sheet, (await file('xlsx')).body);
    const { status, stdout } = await run('python3', ['-c', readSheet, sheet]);
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), { rows: csv.records + 1, households: 120 });
  });

  it('holds for a table that is brought', async () => {
    const rows = Array.from({ length: 1000 }, (none, i) => `${i}号,第${i}家`), table = ['address,情况', ...rows].join('\r\n');
    const made = await bring(table, 'import-1'), again = await bring(table, 'import-1');
    assert.deepEqual([made.status, made.json], [201, { imported: 1000 }]);
    assert.deepEqual([again.status, again.headers['idempotency-replayed']], [201, 'true']);
    const count = async () => (await does('exportRecords', 200, { at: { type: 'household' }, query: '?format=csv' })).headers['doorstep-records'];
    const before = await count(), bad = await bring('address\r\nx,y\r\n', 'import-2');
    assert.deepEqual([bad.status, bad.json.rows.map(({ row }) => row)], [400, [1]]);
    assert.equal(await count(), before);
  });

  it('holds for what phones may do', async () => {
    const person = { author: '赵刚', label: '赵刚的手机' };
    const { json } = await does('createEnrolment', 201, { as: administrator, body: { ...person, role: 'grid_worker', areas: [village], ttl_s: 300 } });
    const phone = new RawPhone(), { code } = json;
    const { nonce } = (await does('beginEnrolment', 200, { body: { code, commitment: phone.commitment } })).json;
    const proof = { body: phone.proofOfEnrolment(code, nonce) }, digits = phone.digits(code, nonce, fixture.server.ca);
    await does('enrol', 403, proof);
    const { items } = (await does('listWaiting', 200, { as: administrator })).json;
    assert.deepEqual(items.map((each) => each.digits), [digits]);
    await does('confirm', 409, { as: administrator, body: { ...person, digits: digits === '000000' ? '000001' : '000000' } });
    await does('confirm', 204, { as: administrator, body: { ...person, digits } });
    await does('enrol', 200, proof);
    const fresh = async () => (await does('accessNonce', 200)).json.nonce;
    const { token } = (await does('access', 200, { body: phone.proof(await fresh()) })).json, as = { token };
    await does('registerKey', 204, { as, body: phone.proof(await fresh(), 'doorstep device key 1') });
    await does('regrant', 204, { as: administrator, body: { ...person, areas: ['341222101204'], restricted: false, sealed: [] } });
    await does('listPurgeProofs', 200, { as: administrator });
    await does('revoke', 204, { as: administrator, body: person });

    const late = await fixture.busyPhone();
    await does('revoke', 204, { as: administrator, body: { author: late.person.name, label: late.person.device } });
    await late.attempt('sync');
    const held = (await does('listHeld', 200)).json.items;
    assert.equal(held.length, 1);
    await does('release', 204, { at: held[0] });
  });

  it('holds for what is due', async () => {
    const phone = await fixture.busyPhone();
    await phone.edit(phone.household, village, '--follow-up', '2026-01-02');
    await phone.sync();
    const first = await does('listFollowUps', 200, { query: '?limit=1' });
    assert.equal(first.json.items[0].id, phone.household);
    assert.deepEqual((await does('listFollowUps', 200, { query: '?until=2026-01-01' })).json.items, []);
    assert.equal((await ask('listFollowUps', { query: '?cursor=c-1' })).status, 400);
    assert.equal((await ask('listFollowUps', { query: '?until=soon' })).status, 400);
  });

  it('holds for what is attached', async () => {
    const phone = await fixture.busyPhone(), at = { record: phone.household }, file = 'some bytes of a picture';
    await phone.sync();
    const base64 = (text) => Buffer.from(text).toString('base64'), tus = { 'tus-resumable': '1.0.0' };
    await does('describeUploads', 204, { as: {} });
    const begin = { ...tus, 'upload-length': String(file.length), 'upload-metadata': `record ${base64(phone.household)},filetype ${base64('image/png')}` };
    const upload = (await does('beginUpload', 201, { headers: begin })).headers.location.split('/').at(-1);
    const go = { ...tus, 'content-type': 'application/offset+octet-stream' };
    await does('continueUpload', 204, { at: { upload }, headers: { ...go, 'upload-offset': '0' }, text: file.slice(0, 4) });
    await does('continueUpload', 409, { at: { upload }, headers: { ...go, 'upload-offset': '0' }, text: file.slice(4) });
    assert.equal((await does('getUpload', 200, { at: { upload }, headers: tus })).headers['upload-offset'], '4');
    await does('continueUpload', 204, { at: { upload }, headers: { ...go, 'upload-offset': '4' }, text: file.slice(4) });
    await does('endUpload', 204, { at: { upload }, headers: tus });
    const [{ sha256 }] = (await does('listAttachments', 200, { at })).json.items;
    const purpose = { 'doorstep-purpose': 'handling' }, one = { ...at, attachment: sha256 };
    const whole = await does('getAttachment', 200, { at: one, headers: purpose });
    assert.equal(whole.body.toString(), file);
    await does('getAttachment', 206, { at: one, headers: { ...purpose, range: 'bytes=0-3' } });
    await does('getAttachment', 304, { at: one, headers: { ...purpose, 'if-none-match': whole.headers.etag } });
    await does('getAttachment', 416, { at: one, headers: { ...purpose, range: 'bytes=99-' } });
  });

  it('holds for what nobody may see or do', async () => {
    for (const { id, item } of description.operations) {
      if (item.security?.length === 0 || id === 'wake') continue;
      const stranger = await ask(id, { at: nothing, as: {} });
      assert.equal(stranger.status, 401, id);
    }
    for (const operation of description.operations.filter(({ method, item }) => !['GET', 'HEAD'].includes(method) && !item.security)) {
      const answer = await ask(operation.id,
        { at: nothing, body: operation.bodySchema && {}, as: { cookie: (ofAccounts.includes(operation.id) ? administrator : head).cookie } });
      assert.equal(answer.status, 403, `${operation.id} without the session's secret`);
    }
    assert.equal((await ask('wake')).status, 401);
    for (const id of ['getRecord', 'getHistory', 'getParts']) assert.equal((await ask(id, { at: { record: nobody } })).status, 404);
  });

  it('forbids what the server refuses', async () => {
    let count = 0;
    for (const operation of description.operations.filter(({ bodySchema }) => bodySchema)) {
      for (const { what, body } of forbidden(description, operation)) {
        const as = ofAccounts.includes(operation.id) ? administrator : head;
        const answer = await ask(operation.id, { at: { record: nobody, type: 'household' }, body, as });
        assert.ok(answer.status >= 400 && answer.status < 500, `${operation.id}, ${what}: HTTP ${answer.status}`);
        ++count;
      }
    }
    console.log(`${count} bodies that the description forbids were refused`);
    assert.ok(count >= 60, `${count} bodies`);
  });

  it('was asked of in every part', async () => {
    await does('signOut', 204);
    const missed = description.operations.map(({ id }) => id).filter((id) => !asked.has(id));
    assert.deepEqual(missed, []);
    console.log(`${description.operations.length} operations, ${[...asked.values()].flat().length} answers held against the description`);
  });
});
