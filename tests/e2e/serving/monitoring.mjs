// What a load balancer and a monitoring system ask.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { request } from '../lib/https.mjs';
import { run } from '../lib/program.mjs';

/** The value of one line of the text format. */
function valueOf(text, name) {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  assert.ok(line, `${name} is not in:\n${text}`);
  return Number(line.slice(name.length + 1));
}

export function monitoring(fixture) {
  const { server } = fixture;
  const get = async (path) => (await request(server.url + path, { ca: server.ca })).body.toString();

  describe('monitoring', () => {
    it('is told that the server lives and is ready', async () => {
      assert.equal(await get('/healthz'), 'ok\n');
      assert.equal(await get('/readyz'), 'ready\n');
    });

    it('counts replies, connections and what was taken in, and names nobody', async () => {
      const parts = valueOf(await get('/metrics'), 'doorstep_parts_total');
      const phone = await fixture.busyPhone();
      await phone.sync();
      await get('/of/a/person');
      const text = await get('/metrics');
      assert.equal(valueOf(text, 'doorstep_parts_total'), parts + 1);
      assert.ok(valueOf(text, 'doorstep_replies_total{route="/sync/v1",status="200"}') > 0);
      assert.ok(valueOf(text, 'doorstep_replies_total{route="other",status="404"}') > 0);
      assert.ok(valueOf(text, 'doorstep_reply_seconds_count{route="/sync/v1"}') > 0);
      assert.ok(valueOf(text, 'doorstep_connections') > 0);
      assert.equal(valueOf(text, 'doorstep_requests_waiting'), 0);
      assert.doesNotMatch(text, /person|李明|3412221/);
    });

    it('is told what the jobs did, each of which runs at the first start', async () => {
      const ended = async () => {
        const text = await get('/metrics');
        return ['retention', 'follow_ups', 'log_audit'].every((job) =>
          new RegExp(`^doorstep_job_ended_seconds\\{job="${job}"\\} [1-9]`, 'm').test(text)) && text;
      };
      let text = await ended();
      for (const deadline = Date.now() + 20_000; !text && Date.now() < deadline; text = await ended())
        await new Promise((done) => setTimeout(done, 200));
      assert.ok(text, 'a job did not come to its end');
      for (const job of ['retention', 'follow_ups', 'log_audit']) {
        assert.equal(valueOf(text, `doorstep_job_failed{job="${job}"}`), 0);
        assert.equal(valueOf(text, `doorstep_job_found{job="${job}"}`), 0);
      }
      const { stdout } = await run(server.program, ['doctor', '--data', server.dataDir]);
      assert.match(stdout, /^ok +log +\d+ places were read again, each as it was written$/m);
    });
  });
}
