// A command line that is wrong: refused before anything is opened, made or sent.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { assertPhoneError, assertServerError } from './fixture.mjs';

const phoneLines = [
  ['an unknown option', ['sync', '--fast'], /--fast/],
  ['an unknown global option', ['--colour', 'red', 'status'], /--colour/],
  ['an unknown command', ['visits'], /visits/],
  ['no command', [], /./],
  ['a command without what it needs', ['visit', '--summary', '走访'], /--division/],
  ['an option without its value', ['visit', '--division'], /--division/],
  ['a language that is not there', ['--lang', 'fr', 'status'], /fr/],
  ['a type that is not there', ['list', '--type', 'person'], /person/],
  ['a number that is none', ['list', '--rows', 'all'], /all/],
];

const serverLines = [
  ['an unknown option', ['serve', '--data', 'DIR', '--fast'], /--fast/],
  ['an unknown command', ['start', '--data', 'DIR'], /./],
  ['no command', [], /./],
  ['no data folder', ['serve', '--port', '0'], /--data/],
  ['a port that is none', ['serve', '--data', 'DIR', '--port', '70000'], /70000|port/],
  ['an unknown option of enrol', ['enrol', '--data', 'DIR', '--nom', '李明'], /--nom|--name/],
  ['an unknown option of verify', ['verify', '--data', 'DIR', '--deep'], /--deep/],
  ['a move of nothing', ['move', '--data', 'DIR', '--to', '341222101205'], /--from.*--record/],
  ['a move of both', ['move', '--data', 'DIR', '--to', '341222101205', '--from', '341222101202', '--record', 'x'], /--from.*--record/],
  ['a move to nowhere', ['move', '--data', 'DIR', '--from', '341222101202'], /--to/],
  ['an unknown option of backup', ['backup', '--data', 'DIR', '--into', 'x'], /--into|--to/],
];

export function commandLine(fixture) {
  describe('the phone program refuses', () => {
    for (const [what, line, detail] of phoneLines)
      it(what, async () => {
        const phone = fixture.blankPhone();
        assertPhoneError(await phone.attempt(...line), 'bad_configuration', detail);
        assert.ok(!existsSync(phone.folder), 'nothing was made');
      });
  });

  describe('the server program refuses', () => {
    for (const [what, line, detail] of serverLines)
      it(what, async () => {
        const folder = fixture.workspace.path('never-made');
        const result = await run(fixture.programs.server, line.map((word) => (word === 'DIR' ? folder : word)));
        assert.equal(result.status, 34, result.stderr);
        assert.match(result.stderr + result.stdout, detail);
        assert.match(result.stderr + result.stdout, /--help/, 'it says where the options are listed');
        assert.ok(!existsSync(folder), 'nothing was made');
      });
  });

  describe('the server refuses to hand out a code', () => {
    const good = { name: '李明', role: 'cadre', area: '341222101000', device: '手机', 'ttl-s': '600' };
    const rows = [
      ['for a division that does not exist', { area: '341222101999' }, 'unknown_area'],
      ['for a role that does not exist', { role: 'king' }, 'invalid_argument'],
      ['for longer than ten minutes', { 'ttl-s': '601' }, 'invalid_argument'],
      ['for no time at all', { 'ttl-s': '0' }, 'invalid_argument'],
      ['for nobody', { name: '' }, 'invalid_argument'],
    ];
    for (const [what, change, error] of rows)
      it(what, async () => {
        const options = Object.entries({ ...good, ...change }).flatMap(([name, value]) => [`--${name}`, value]);
        const enrol = ['enrol', '--data', fixture.server.dataDir, ...options, '--json'];
        assertServerError(await run(fixture.programs.server, enrol), error);
      });
  });
}
