// Every line of "Bad input" against the real programs: a stable code, a sentence that says what to do, nothing lost.
//   node tests/e2e/bad_input.mjs --bin-dir build/dev/bin
//   DOORSTEP_BIN_DIR=build/dev/bin node --test tests/e2e/bad_input.mjs
import { after, before, describe } from 'node:test';

import { commandLine } from './bad_input/command_line.mjs';
import { configuration } from './bad_input/configuration.mjs';
import { damagedFiles } from './bad_input/damage.mjs';
import { enrolment } from './bad_input/enrolment.mjs';
import { phoneFiles, serverFiles } from './bad_input/files.mjs';
import { Fixture } from './bad_input/fixture.mjs';
import { handover } from './bad_input/handover.mjs';
import { hostileJson } from './bad_input/hostile_json.mjs';
import { network } from './bad_input/network.mjs';
import { requests } from './bad_input/requests.mjs';
import { saving } from './bad_input/saving.mjs';
import { parseArguments } from './lib/arguments.mjs';
import { findPrograms } from './lib/program.mjs';
import { Workspace } from './lib/workspace.mjs';

const given = parseArguments(process.argv.slice(2), { 'bin-dir': 'text' });
const programs = findPrograms(given['bin-dir'] ?? process.env.DOORSTEP_BIN_DIR ?? 'build/dev/bin');

describe('bad input', () => {
  const fixture = new Fixture(programs, new Workspace('bad-input'));
  before(async () => {
    await fixture.server.start();
    await fixture.stranger.start();
  });
  after(() => fixture.close());
  commandLine(fixture);
  configuration(fixture);
  enrolment(fixture);
  saving(fixture);
  phoneFiles(fixture);
  serverFiles(fixture);
  damagedFiles(fixture);
  handover(fixture);
  network(fixture);
  requests(fixture);
  hostileJson(fixture);
});
