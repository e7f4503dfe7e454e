// Attachments over HTTP on the real server: uploads by a tus client that others wrote, on a line that breaks; what is
// refused; and what phones carry.
//   node tests/e2e/attachments.mjs --bin-dir build/dev/bin
//   DOORSTEP_SEED=7 node tests/e2e/attachments.mjs   breaks the line elsewhere
import { after, before, describe } from 'node:test';

import { carried } from './attachments/carried.mjs';
import { refused } from './attachments/refused.mjs';
import { uploaded } from './attachments/uploaded.mjs';
import { Fixture } from './bad_input/fixture.mjs';
import { parseArguments } from './lib/arguments.mjs';
import { findPrograms } from './lib/program.mjs';
import { Workspace } from './lib/workspace.mjs';

const given = parseArguments(process.argv.slice(2), { 'bin-dir': 'text' });
const programs = findPrograms(given['bin-dir'] ?? process.env.DOORSTEP_BIN_DIR ?? 'build/dev/bin');

describe('attachments', () => {
  const fixture = new Fixture(programs, new Workspace('attachments'));
  before(async () => {
    await fixture.server.start();
    const phone = await fixture.busyPhone();
    await phone.sync();
    fixture.household = phone.household;
  });
  after(() => fixture.close());
  uploaded(fixture);
  refused(fixture);
  carried(fixture);
});
