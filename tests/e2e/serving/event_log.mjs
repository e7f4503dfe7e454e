// The server's log as JSON: what it says of failures, and that nothing a client sent is in it.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { village } from '../bad_input/fixture.mjs';
import { request } from '../lib/https.mjs';
import { onSmallDisk } from '../lib/small_disk.mjs';

const fields = ['time', 'level', 'event', 'port', 'detail', 'route', 'code', 'number'];
const events = ['started', 'stopped', 'serving', 'failed'];
const words = ['王秀英', '八里村三组17号', '低保申请', 'wang-xiuying', 'a-token-of-somebody'];

/** Each request bears words that may be in no log: in its path, its headers and its body. */
async function sendBadRequests(server) {
  const headers = { authorization: `Bearer ${words[4]}`, 'x-name': words[3], cookie: `session=${words[4]}` };
  const body = JSON.stringify({ code: words[4], name: words[0], text: words[2] });
  const rows = [['GET', `/${words[3]}?name=${encodeURIComponent(words[0])}`], ['POST', '/sync/v1'], ['POST', '/api/v1/enrol'],
    ['POST', '/office/login'], ['GET', `/office/record?id=${words[3]}`], ['PUT', `/office/${words[3]}`]];
  for (const [method, path] of rows)
    await request(server.url + path, { ca: server.ca, method, headers, body: method === 'GET' ? undefined : body });
}

export function eventLog(fixture) {
  describe('the log', () => {
    it('tells failures as JSON of known fields, and nothing that somebody sent', (test) => onSmallDisk(fixture, test, 'log-disk', 8, async (disk) => {
      const folder = fixture.workspace.path('log-configuration');
      mkdirSync(folder);
      writeFileSync(join(folder, 'office.toml'), '[log]\nformat = "json"\n');
      const server = fixture.newServer(join('log-disk', 'data'));
      server.options = ['--config', join(folder, 'office.toml')];
      try {
        await server.start();
        const phone = await fixture.phone({ server });
        const text = join(folder, 'long.txt');
        writeFileSync(text, words[2].repeat(4000));
        for (let i = 0; i < 6; ++i) await phone.add('household', village, '--address', words[1], '--summary', `@${text}`);
        disk.fill();
        assert.notEqual((await phone.attempt('sync')).status, 0);
        disk.makeRoom();
        await sendBadRequests(server);
        const { child } = server;
        let all = server.output;
        child.stderr.on('data', (chunk) => (all += chunk)); // stop() forgets what was said
        const heard = server.output.length;
        await server.stop();
        assert.ok(heard > 0);

        const lines = all.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
        for (const line of lines) {
          assert.deepEqual(Object.keys(line).filter((name) => !fields.includes(name)), []);
          assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
          assert.ok(Math.abs(Date.parse(line.time) - Date.now()) < 600_000, 'UTC');
          assert.ok(events.includes(line.event) && ['info', 'error'].includes(line.level), JSON.stringify(line));
        }
        const of = (event) => lines.filter((line) => line.event === event);
        assert.equal(of('started')[0].port, server.port);
        assert.equal(of('stopped').length, 1);
        assert.ok(of('failed').some((line) => line.route === '/sync/v1' && line.code && line.number > 0), all);
        for (const word of [...words, phone.person.name]) assert.ok(!all.includes(word), `${word} is in:\n${all}`);
      } finally {
        if (server.child?.exitCode === null) await server.kill();
      }
    }));
  });
}
