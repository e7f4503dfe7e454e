// The files of a web app, as a browser gets them.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';

import { request } from '../lib/https.mjs';
import { run } from '../lib/program.mjs';
import { Server } from '../lib/server.mjs';
import { assertServerError } from '../bad_input/fixture.mjs';

const code = 'export const words = "入户通";\n'.repeat(500);

export function webFiles(fixture) {
  const folder = fixture.workspace.path('web');
  const server = new Server(fixture.programs.server, fixture.workspace.path('web-server'), ['--web', folder]);
  const get = (path, options) => request(`${server.url}${path}`, { ca: server.ca, ...options });

  describe('the web folder', () => {
    it('is served with what a browser needs to keep files and ask again', async () => {
      mkdirSync(`${folder}/field`, { recursive: true });
      writeFileSync(`${folder}/field/index.html`, '<!doctype html><title>入户通</title>');
      writeFileSync(`${folder}/field/app-3f9a2c1b.js`, code);
      writeFileSync(`${folder}/field/app-3f9a2c1b.js.br`, brotliCompressSync(code));
      fixture.servers.add(server);
      await server.start();

      const page = await get('/field/');
      assert.equal(page.status, 200);
      assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
      assert.equal(page.headers['cache-control'], 'no-cache');
      assert.equal(page.headers['x-content-type-options'], 'nosniff');
      assert.match(page.headers['content-security-policy'], /script-src 'self' 'wasm-unsafe-eval'/);
      const again = await get('/field/', { headers: { 'if-none-match': page.headers.etag } });
      assert.deepEqual([again.status, again.body.length], [304, 0]);
      assert.equal((await get('/field')).headers.location, '/field/');

      const packed = await get('/field/app-3f9a2c1b.js', { headers: { 'accept-encoding': 'gzip, deflate, br' } });
      assert.equal(packed.headers['content-encoding'], 'br');
      assert.equal(packed.headers['cache-control'], 'public, max-age=31536000, immutable');
      assert.equal(brotliDecompressSync(packed.body).toString(), code);
      const plain = await get('/field/app-3f9a2c1b.js');
      assert.equal(plain.body.toString(), code);
      const head = await get('/field/app-3f9a2c1b.js', { method: 'HEAD' });
      assert.deepEqual([head.status, head.body.length, Number(head.headers['content-length'])],
        [200, 0, plain.body.length]);
    });

    it('holds nothing else, and hides no route', async () => {
      for (const path of ['/field/../../web-server/storage.key', '/%2e%2e/web-server/storage.key', '/storage.key',
        '/field/app-3f9a2c1b.js.br', '//field/index.html'])
        assert.equal((await get(path)).status, 404, path);
      assert.equal((await get('/healthz')).body.toString(), 'ok\n');
      assert.equal((await get('/sync/v1')).status, 405);
      assert.equal((await get('/field/', { method: 'DELETE' })).status, 404);
      await server.kill();
    });

    it('is refused at the start when it is none', async () => {
      const args = ['serve', '--data', fixture.workspace.path('no-web'), '--port', '0', '--web', 'nowhere'];
      assertServerError(await run(fixture.programs.server, args, { timeoutMs: 15_000 }), 'bad_configuration', /nowhere/);
    });
  });
}
