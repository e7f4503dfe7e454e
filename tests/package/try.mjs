// The Debian package in a Debian that has nothing else: installed by apt, run as its unit runs it, removed and purged.
//   node tests/package/try.mjs --deb FILE --clean FOLDER --bin-dir DIR     (as root: it works in a copy of FOLDER)
// Exit status 0: every check passed.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { parseArguments } from '../e2e/lib/arguments.mjs';
import { request } from '../e2e/lib/https.mjs';
import { Phone } from '../e2e/lib/phone.mjs';
import { findPrograms, run } from '../e2e/lib/program.mjs';
import { Server } from '../e2e/lib/server.mjs';

const given = parseArguments(process.argv.slice(2), { deb: 'text', clean: 'text', 'bin-dir': 'text' });
const phoneProgram = findPrograms(given['bin-dir']).phone;
const root = `${resolve(given.clean)}-try`, programs = `${root}-programs`;
const dataFolder = '/var/lib/doorstep', township = '341222101000', village = '341222101202';
const inside = (path) => join(root, path);

async function must(program, ...args) {
  const result = await run(program, args, { timeoutMs: 600_000 });
  assert.equal(result.status, 0, `${program} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}
const apt = (...args) =>
  must('chroot', root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q', '--no-install-recommends', ...args);

/** A program that is the installed one, seen from here: what tests pass to it are paths of this side. */
function installedProgram(name, user) {
  const file = join(programs, name, 'doorstep-server');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nexec chroot --userspec=${user} '${root}' /usr/bin/doorstep-server "$@"\n`);
  chmodSync(file, 0o755);
  symlinkSync(phoneProgram, join(programs, name, 'doorstep'));
  return file;
}

const checks = [
  ['apt installs it and all that it needs', async () => {
    await apt('update');
    const file = inside(`/tmp/${basename(given.deb)}`);
    await must('cp', given.deb, file);
    await apt('install', `/tmp/${basename(given.deb)}`);
  }],
  ['the user, the data folder and the configuration are there', async () => {
    const user = /^doorstep:[^:]*:(\d+):\d+:[^:]*:([^:]*):(.*)$/m.exec(readFileSync(inside('/etc/passwd'), 'utf8'));
    assert.deepEqual(user?.slice(2), [dataFolder, '/usr/sbin/nologin']);
    const { mode, uid } = statSync(inside(dataFolder));
    assert.deepEqual([(mode & 0o777).toString(8), uid], ['700', Number(user[1])]);
    assert.match(await must('chroot', root, 'dpkg-query', '-W', '-f=${Conffiles}', 'doorstep-server'),
      /\/etc\/doorstep\/doorstep\.toml/);
    await must('chroot', root, 'doorstep-server', 'config', '--file', '/etc/doorstep/doorstep.toml');
    assert.ok(existsSync(inside('/lib/systemd/system/doorstep-server.service')));
    assert.ok(existsSync(inside('/usr/share/doc/doorstep-server/server.md')), 'the unit names it');
    assert.ok(existsSync(inside('/usr/share/man/man8/doorstep-server.8.gz')));
    assert.doesNotMatch(await must('readelf', '-SW', inside('/usr/bin/doorstep-server')), /\.symtab/);
  }],
  ['as its unit runs it, it enrols a phone and takes in what that saved', async () => {
    const unit = readFileSync(inside('/lib/systemd/system/doorstep-server.service'), 'utf8');
    const [, user, configuration, folder] =
      /^User=(\S+)$[^]*^ExecStart=\/usr\/bin\/doorstep-server serve --config (\S+) --data (\S+)$/m.exec(unit);
    const program = installedProgram('unit', `${user}:${user}`);
    const server = new Server(program, folder, ['--config', configuration]);
    await server.start(); // on any port: another server may have the usual one
    const caFile = inside(server.caFile), ca = readFileSync(caFile);
    for (const path of ['/healthz', '/readyz'])
      assert.equal((await request(server.url + path, { ca })).status, 200, path);
    const person = { name: '李明', role: 'cadre', areas: [township], device: '李明的手机' };
    const phone = new Phone(phoneProgram, inside('/tmp/phone'), person);
    await phone.enrol(server.url, caFile, await server.enrolmentCode(person));
    await phone.add('household', village, '--address', '八里村三组17号', '--summary', '老人独居。');
    assert.equal((await phone.sync()).pushed, 1);
    assert.equal((await server.verify()).commits, 1);
    assert.deepEqual(await server.stop(), { status: 0, signal: null });
    const { stdout } = await run(program, ['doctor', '--config', configuration, '--data', folder, '--json']);
    const failed = JSON.parse(stdout).checks.filter(({ check, verdict }) => verdict === 'fail' && check !== 'port');
    assert.deepEqual(failed, []); // a port may be another server's of this machine
  }],
  ['the demo\'s day passes with the installed server', async () => {
    installedProgram('demo', 'root:root');
    await must('env', `TMPDIR=${inside('/tmp')}`, 'node', 'tests/e2e/demo.mjs', '--lang', 'en',
      '--bin-dir', join(programs, 'demo'));
  }],
  ['removed, it leaves the records; purged, nothing but the user', async () => {
    await apt('remove', 'doorstep-server');
    assert.ok(!existsSync(inside('/usr/bin/doorstep-server')));
    assert.ok(existsSync(inside(`${dataFolder}/doorstep.db`)) && existsSync(inside('/etc/doorstep/doorstep.toml')));
    await apt('purge', 'doorstep-server');
    assert.ok(!existsSync(inside(dataFolder)) && !existsSync(inside('/etc/doorstep')));
  }],
];

/** Paths of this side lead to the same files inside. */
async function copyClean() {
  rmSync(root, { recursive: true, force: true });
  rmSync(programs, { recursive: true, force: true });
  await must('cp', '-a', '--reflink=auto', given.clean, root);
  mkdirSync(dirname(join(root, root)), { recursive: true });
  symlinkSync('/', join(root, root));
}

await copyClean();
let failed = 0;
for (const [name, check] of checks) {
  const startedMs = performance.now();
  const error = await check().then(() => undefined, (reason) => reason);
  console.log(`${error ? 'FAILED' : 'ok    '}  ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  if (!error) continue;
  console.log(error.stack);
  failed = 1;
  break; // what follows builds on it
}
if (!failed) for (const path of [root, programs]) rmSync(path, { recursive: true, force: true });
process.exit(failed);
