// The real server, as its operators and those who are online meet it.
//   node tests/e2e/serving.mjs --bin-dir build/dev/bin
import { after, before, describe } from 'node:test';

import { Fixture } from './bad_input/fixture.mjs';
import { parseArguments } from './lib/arguments.mjs';
import { findPrograms } from './lib/program.mjs';
import { Workspace } from './lib/workspace.mjs';
import { accounts } from './serving/accounts.mjs';
import { audit } from './serving/audit.mjs';
import { certificate } from './serving/certificate.mjs';
import { doctor } from './serving/doctor.mjs';
import { documents } from './serving/documents.mjs';
import { eventLog } from './serving/event_log.mjs';
import { identity } from './serving/identity.mjs';
import { keys } from './serving/keys.mjs';
import { monitoring } from './serving/monitoring.mjs';
import { wakes } from './serving/wakes.mjs';
import { webFiles } from './serving/web_files.mjs';
import { webhook } from './serving/webhook.mjs';

const given = parseArguments(process.argv.slice(2), { 'bin-dir': 'text' });
const programs = findPrograms(given['bin-dir'] ?? process.env.DOORSTEP_BIN_DIR ?? 'build/dev/bin');

describe('serving', () => {
  const fixture = new Fixture(programs, new Workspace('serving'));
  before(() => fixture.server.start());
  after(() => fixture.close());
  accounts(fixture);
  identity(fixture);
  keys(fixture);
  wakes(fixture);
  certificate(fixture);
  webFiles(fixture);
  monitoring(fixture);
  eventLog(fixture);
  webhook(fixture);
  audit(fixture);
  doctor(fixture);
  documents(fixture);
});
