// Another program that is told over HTTPS where something was written: signed, without words, and once more after a crash.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { describe, it } from 'node:test';

import { assertServerError, village } from '../bad_input/fixture.mjs';
import { run } from '../lib/program.mjs';
import { Server } from '../lib/server.mjs';

/** A receiver that answers with `status`, and keeps what came. */
async function receiver(certificates) {
  const heard = { messages: [], status: 204 };
  const server = createServer(certificates, (request, reply) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      heard.messages.push({ signature: request.headers['doorstep-signature'], body: Buffer.concat(chunks).toString() });
      reply.writeHead(heard.status).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  heard.url = `https://127.0.0.1:${server.address().port}/told`;
  heard.close = () => (server.closeAllConnections(), new Promise((done) => server.close(done)));
  heard.atLeast = async (count) => {
    for (const deadline = Date.now() + 20_000; heard.messages.length < count && Date.now() < deadline;)
      await new Promise((done) => setTimeout(done, 20));
    assert.ok(heard.messages.length >= count, `${heard.messages.length} messages came`);
    return heard.messages.at(-1);
  };
  return heard;
}

export function webhook(fixture) {
  const path = (...parts) => fixture.workspace.path(...parts);

  /** A server that tells `hears`, which has the certificate of another authority. */
  async function teller(hears, secret) {
    writeFileSync(path('hook.secret'), secret);
    writeFileSync(path('hook.toml'), `[webhook]\nurl = "${hears.url}"\nsecret = "${path('hook.secret')}"\nauthority = "${path('hook-authority', 'ca.pem')}"\n`);
    const server = new Server(fixture.programs.server, path('hook'), ['--config', path('hook.toml')]);
    fixture.servers.add(server);
    await server.start();
    return server;
  }

  describe('the webhook', () => {
    it('is told where something was written, by who has the secret, and again after a kill', async () => {
      const maker = fixture.newServer('hook-authority'), secret = randomBytes(32).toString('hex');
      await maker.start();
      await maker.kill();
      const file = (name) => readFileSync(path('hook-authority', name));
      const hears = await receiver({ cert: file('server.pem'), key: file('server.key') });
      const server = await teller(hears, secret), phone = await fixture.busyPhone({ server });
      await phone.sync();

      const { signature, body } = await hears.atLeast(1);
      const [, time, tag] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature);
      assert.equal(tag, createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'));
      const told = JSON.parse(body);
      assert.equal(told.time_ms, Number(time));
      assert.deepEqual(told.streams.map(({ area }) => area), [village]);
      assert.doesNotMatch(body, /老人|三组|李明/);

      hears.status = 500;
      await phone.edit(phone.household, village, '--summary', '屋顶漏雨');
      await phone.sync();
      await hears.atLeast(3);
      assert.ok(await server.says('the webhook answers 500'), server.output);
      await server.kill();
      hears.status = 204;
      const before = hears.messages.length;
      await server.start();
      const again = JSON.parse((await hears.atLeast(before + 1)).body);
      assert.ok(again.streams[0].position > told.streams[0].position);
      await new Promise((done) => setTimeout(done, 2_500));
      assert.equal(hears.messages.length, before + 1, 'and no more once it is taken');
      await server.stop();
      await hears.close();
    });

    it('stops the start when it is configured by half, or over plain HTTP', async () => {
      const start = async (text) => {
        writeFileSync(path('half.toml'), `[webhook]\n${text}\n`);
        return run(fixture.programs.server, ['serve', '--data', path('half'), '--port', '0', '--config', path('half.toml')]);
      };
      assertServerError(await start('url = "https://example.org/"'), 'bad_configuration', /go together/);
      assertServerError(await start('url = "http://example.org/"'), 'bad_configuration', /line 2.*webhook\.url.*https:/s);
      writeFileSync(path('short.secret'), 'short');
      assertServerError(await start(`url = "https://example.org/"\nsecret = "${path('short.secret')}"`), 'bad_configuration', /32 bytes/);
    });
  });
}
