// What a person types or pastes: too long, not text, for a place that does not exist. Refused, and nothing half saved.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { assertNothingLost, assertPhoneError, village } from './fixture.mjs';

const value_bytes_max = 64 * 1024; // core/base/limits.hpp

/** Bytes that are not UTF-8, as an escape of printf and as they are. */
const notText = [
  ['a character cut off', '\\344\\270', [0xe4, 0xb8]],
  ['GBK instead of UTF-8', '\\327\\337\\267\\303', [0xd7, 0xdf, 0xb7, 0xc3]],
  ['an over-long form', '\\300\\257', [0xc0, 0xaf]],
  ['half a surrogate pair', '\\355\\240\\200', [0xed, 0xa0, 0x80]],
  ['a byte that never occurs', 'a\\377b', [0x61, 0xff, 0x62]],
];

export function saving(fixture) {
  const file = (name, content) => {
    const path = fixture.workspace.path(name);
    writeFileSync(path, content);
    return path;
  };

  describe('saving', () => {
    let phone;
    const visit = (...options) => phone.attempt('visit', '--division', village, ...options);
    const visitTo = (division) => phone.attempt('visit', '--division', division, '--summary', '走访');
    const edit = (record, ...options) => phone.attempt('edit', record, ...options);
    /** The same call as visit(), for what must be run in another way. */
    const visitArguments = () => [...phone.globalOptions(), 'visit', '--division', village];

    it('starts with a phone that holds something', async () => {
      phone = await fixture.busyPhone();
    });

    it('refuses a summary of 10 MB, from a file and from a pipe', async () => {
      const text = '走访记录。'.repeat(10_000_000 / 15);
      const path = file('ten-megabytes.txt', text);
      await assertNothingLost(phone, 'value_too_large', () => visit('--summary', `@${path}`));
      const piped = () => run(phone.program, [...visitArguments(), '--summary', '-'], { input: text });
      await assertNothingLost(phone, 'value_too_large', piped);
      await assertNothingLost(phone, 'value_too_large', () => edit(phone.household, '--summary', `@${path}`));
    });

    it('takes 65,536 bytes and refuses one more', async () => {
      const longest = file('longest.txt', 'x'.repeat(value_bytes_max));
      const tooLong = file('too-long.txt', 'x'.repeat(value_bytes_max + 1));
      await phone.add('visit', village, '--summary', `@${longest}`);
      await assertNothingLost(phone, 'value_too_large', () => visit('--summary', `@${tooLong}`));
    });

    it('refuses one save of over 192 KiB', async () => {
      const notes = [1, 2, 3, 4].flatMap((i) => ['--note', `@${file(`note-${i}.txt`, String(i).repeat(60 * 1024))}`]);
      await assertNothingLost(phone, 'commit_too_large', () => visit(...notes));
    });

    for (const [what, escaped, bytes] of notText)
      it(`refuses invalid UTF-8: ${what}`, async () => {
        // Node sends arguments as UTF-8, so a shell's printf makes these.
        const script = 'program=$1; shift; exec "$program" "$@" --summary "$(printf "$TEXT")"';
        const env = { ...process.env, TEXT: escaped };
        const typed = () => run('sh', ['-c', script, 'sh', phone.program, ...visitArguments()], { env });
        await assertNothingLost(phone, 'invalid_utf8', typed, /summary/);
        const path = file('not-text.txt', Buffer.from(bytes));
        await assertNothingLost(phone, 'invalid_utf8', () => visit('--note', `@${path}`), /note/);
      });

    it('refuses a division that does not exist, or is not this phone’s', async () => {
      for (const division of ['341222101999', '999999999999', '341222102200', '110101001001'])
        await assertNothingLost(phone, 'unknown_area', () => visitTo(division));
    });

    it('refuses a division that is no code', async () => {
      for (const division of ['八里村', '3412221012', '34122210120x', '3412221012020'])
        await assertNothingLost(phone, 'invalid_argument', () => visitTo(division));
    });

    it('refuses to change what is not there', async () => {
      const unknown = '0'.repeat(31) + '1';
      await assertNothingLost(phone, 'not_found', () => edit(unknown, '--summary', '改'));
      await assertNothingLost(phone, 'not_found', () => phone.attempt('show', unknown));
      await assertNothingLost(phone, 'invalid_argument', () => phone.attempt('show', 'kitchen'));
      await assertNothingLost(phone, 'invalid_argument', () => edit(phone.household, '--follow-up', '2026-02-30'));
    });

    it('says what to do where there is no phone yet', async () => {
      const nowhere = fixture.blankPhone();
      assertPhoneError(await nowhere.attempt('visit', '--division', village, '--summary', '走访'), 'not_enrolled');
    });

    it('still synchronises all that was saved', async () => {
      const { saved } = await phone.status();
      assert.equal(saved, 2);
      assert.equal((await phone.sync()).pushed, 2);
    });
  });
}
