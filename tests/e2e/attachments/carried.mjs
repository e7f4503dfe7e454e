// What phones carry, message by message, through the route that they synchronise by (core/sync/blob_message.hpp).
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { frame, varint } from '../lib/frames.mjs';
import { request } from '../lib/https.mjs';
import { Phone } from '../lib/phone.mjs';
import { content, sha256 } from './content.mjs';

const chunk_bytes = 256 * 1024;
const kinds = { put: 0x10, get: 0x11, have: 0x90, data: 0x91, refused: 0x92 };

export function carried(fixture) {
  const { server } = fixture;

  async function send(device, kind, payload) {
    const answer = await request(`${server.url}/sync/v1`, { ca: server.ca, method: 'POST', body: frame(kind, payload),
      headers: { authorization: `Bearer ${device.token}`, 'content-type': 'application/octet-stream' } });
    assert.equal(answer.status, 200, answer.body.toString());
    return { kind: answer.body[0], message: answer.body };
  }
  const get = (hash, offset) => Buffer.concat([hash, varint(offset)]);

  describe('a phone', () => {
    /** What the office's staff does at a desk. */
    async function attach(file, record) {
      const session = await fixture.session('cadre'), base64 = (text) => Buffer.from(text).toString('base64');
      const headers = { ...session, 'tus-resumable': '1.0.0', 'upload-length': String(file.length),
        'upload-metadata': `record ${base64(record)},filetype ${base64('image/jpeg')}` };
      const begun = await request(`${server.url}/api/v1/attachments`, { ca: server.ca, method: 'POST', headers });
      const { status } = await request(server.url + begun.headers.location, { ca: server.ca, method: 'PATCH', body: file,
        headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } });
      assert.equal(status, 204);
    }

    it('carries them with its program, after the words', async () => {
      const other = async (name) => {
        const person = { name, role: 'cadre', areas: ['341222102000'], device: `${name}的手机` };
        const phone = new Phone(fixture.programs.phone, fixture.workspace.path(`phone of ${name}`), person);
        await phone.enrol(server.url, server.caFile, await server.enrolmentCode(person));
        return phone;
      };
      const one = await other('赵刚'), file = content('for a phone', 3 * chunk_bytes + 5);
      const household = await one.add('household', '341222102201', '--summary', '屋顶漏雨');
      await one.sync();
      await attach(file, household);
      const two = await other('孙丽'), bytes = () => readdirSync(two.folder)
        .reduce((sum, name) => sum + statSync(join(two.folder, name)).size, 0);
      const before = bytes();
      await two.sync();
      const { fields } = await two.show(household);
      assert.deepEqual(fields.attachments.values.map(({ value }) => value),
        [{ sha256: sha256(file).toString('hex'), size: file.length, media: 'image/jpeg' }]);
      assert.ok(bytes() - before > file.length, 'its bytes are on the phone');
      const again = bytes();
      await two.sync();
      assert.ok(bytes() - again < chunk_bytes, 'and are not asked for again');
    });

    it('gets what the office attached, chunk by chunk, and nothing of other areas', async () => {
      const file = content('carried', 3 * chunk_bytes + 5), hash = sha256(file);
      await attach(file, fixture.household);
      const device = await fixture.rawDevice(), parts = [];
      for (let offset = 0; offset < file.length; offset += chunk_bytes) {
        const { kind, message } = await send(device, kinds.get, get(hash, offset));
        assert.equal(kind, kinds.data);
        parts.push(message.subarray(message.length - Math.min(chunk_bytes, file.length - offset)));
      }
      assert.ok(Buffer.concat(parts).equals(file));
      const elsewhere = await fixture.rawDevice(server, { name: '王芳', role: 'cadre', areas: ['341222102000'], device: '王芳的手机' });
      assert.equal((await send(elsewhere, kinds.get, get(hash, 0))).kind, kinds.refused);
      assert.equal((await send(device, kinds.get, get(sha256('nobody names it'), 0))).kind, kinds.refused);
    });
  });
}
