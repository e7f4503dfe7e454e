// 20 MB by tus-js-client: the line breaks again and again, the server is killed in between, and every byte is there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { DefaultHttpStack, Upload } from 'tus-js-client';

import { CuttingLine } from '../lib/cutting_line.mjs';
import { request } from '../lib/https.mjs';
import { run } from '../lib/program.mjs';
import { Random } from '../lib/random.mjs';
import { content, sha256 } from './content.mjs';

const bytes = 20_000_000, seed = Number(process.env.DOORSTEP_SEED ?? 1);
const large_bytes = 60_000_000, held_kb_max = 20 * 1024; // what the server may grow by: its caches, and some pieces
const retryDelays = Array.from({ length: 40 }, () => 20);

export function uploaded(fixture) {
  const { server } = fixture;
  const file = content(seed, bytes), name = sha256(file).toString('hex');
  const heldKb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);

  /** Until it is done, or broken off by `stop`. Resolves with the upload's address. */
  function upload(url, session, options = {}) {
    return new Promise((done, fail) => {
      const one = new Upload(file, {
        endpoint: `${url}/api/v1/attachments`, retryDelays, headers: session,
        httpStack: new DefaultHttpStack({ ca: server.ca }),
        metadata: { record: fixture.household, filetype: 'image/jpeg', filename: '屋顶.jpg' },
        onError: fail, onSuccess: () => done(new URL(one.url).pathname),
        onProgress: (sent) => options.stop?.(sent) && one.abort().then(() => done(new URL(one.url).pathname)),
        ...options.tus,
      });
      one.start();
    });
  }

  const ask = (path, headers, method = 'GET') => request(server.url + path, { ca: server.ca, method, headers });

  describe('an upload by tus-js-client', () => {
    it(`carries 20 MB over a line that breaks, and over a server that is killed (DOORSTEP_SEED=${seed})`, async () => {
      const session = await fixture.session('window_officer'), random = new Random(seed);
      const line = await CuttingLine.open(server, random, { bytes: [30_000, 2_500_000] });
      // First by one client that gives up in the middle …
      const address = await upload(line.url, session, { stop: (sent) => sent > bytes / 2 });
      assert.ok(line.cuts >= 2, `${line.cuts} cuts`);
      await server.kill();
      await server.start();
      const head = await ask(address, { ...session, 'tus-resumable': '1.0.0' }, 'HEAD');
      assert.equal(head.status, 200);
      assert.ok(Number(head.headers['upload-offset']) > 0, 'what was told to be durable is there');
      // … then by another, under which the server is killed twice more.
      let kills = 0;
      const onChunk = (sent) => {
        if (kills < 2 && sent > (bytes * (kills + 3)) / 5) {
          kills += 1;
          server.kill().then(() => server.start());
        }
        return false;
      };
      assert.equal(await upload(line.url, session, { stop: onChunk, tus: { uploadUrl: line.url + address } }), address);
      assert.equal(kills, 2);
      console.log(`${bytes} bytes arrived over ${line.cuts} cuts and ${kills + 1} kills`);
      await line.close();

      const reader = { cookie: session.cookie, 'doorstep-purpose': 'handling' };
      const at = `/api/v1/records/${fixture.household}/attachments`;
      const { items } = JSON.parse((await ask(at, session)).body);
      assert.deepEqual(items, [{ sha256: name, size: bytes, media: 'image/jpeg', field: 'attachments', here: true }]);
      const got = await ask(`${at}/${name}`, reader);
      assert.equal(got.status, 200);
      assert.ok(got.body.equals(file), 'the bytes are those that were sent');
      assert.equal(got.headers['content-type'], 'image/jpeg');
      assert.match(got.headers['content-disposition'], /^attachment; filename="[0-9a-f]{12}\.jpg"$/);
      assert.match(got.headers['content-security-policy'], /sandbox/);
      const part = await ask(`${at}/${name}`, { ...reader, range: 'bytes=262140-262149' });
      assert.equal(part.status, 206);
      assert.equal(part.headers['content-range'], `bytes 262140-262149/${bytes}`);
      assert.ok(part.body.equals(file.subarray(262_140, 262_150)));
      assert.equal((await ask(`${at}/${name}`, { ...reader, range: `bytes=${bytes}-` })).status, 416);
      assert.equal((await ask(`${at}/${name}`, { ...reader, 'if-none-match': got.headers.etag })).status, 304);
      const { stdout } = await run(server.program, ['audit', 'list', '--data', server.dataDir]);
      const looks = stdout.split('\n').filter((line) => line.includes('revealed') && line.includes(fixture.household));
      assert.equal(looks.length, 2, 'who looked is written down, at the part too');
    });

    it('goes on with one PATCH after another as with one for all', async () => {
      const session = await fixture.session('cadre');
      await upload(server.url, session, { tus: { chunkSize: 777_777 } });
      const got = await ask(`/api/v1/records/${fixture.household}/attachments/${name}`,
        { cookie: session.cookie, 'doorstep-purpose': 'handling' });
      assert.ok(got.body.equals(file));
    });

    it('of 60 MB in one PATCH holds a few in memory', async () => {
      const session = await fixture.session('cadre'), large = content('large', large_bytes);
      const headers = { ...session, 'tus-resumable': '1.0.0', 'upload-length': String(large_bytes),
        'upload-metadata': `record ${Buffer.from(fixture.household).toString('base64')}` };
      const begun = await request(`${server.url}/api/v1/attachments`, { ca: server.ca, method: 'POST', headers });
      const before = heldKb();
      let most = before;
      const looking = setInterval(() => (most = Math.max(most, heldKb())), 20);
      const { status } = await request(server.url + begun.headers.location, { ca: server.ca, method: 'PATCH', body: large,
        headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }, timeoutMs: 120_000 });
      clearInterval(looking);
      assert.equal(status, 204);
      console.log(`the server grew by ${most - before} KB while it took ${large_bytes} bytes`);
      assert.ok(most - before < held_kb_max, `the server grew by ${most - before} KB`);
    });

    it('is ended by its owner, and gone', async () => {
      const session = await fixture.session('unit_head');
      const address = await upload(server.url, session, { stop: (sent) => sent > 1_000_000, tus: { chunkSize: 500_000 } });
      const headers = { ...session, 'tus-resumable': '1.0.0' };
      assert.equal((await ask(address, headers, 'DELETE')).status, 204);
      assert.equal((await ask(address, headers, 'HEAD')).status, 404);
    });
  });
}
