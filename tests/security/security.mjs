// Two scanners of others against our own server: testssl.sh for its TLS, slowhttptest for its patience.
//   node tests/security/security.mjs --bin-dir build/release/bin --out build/security [--connections 5000]
//     [--only tls|slow] [--planted]
// --planted: against servers that are made wrong on purpose, each of which must be found out.
// Exit status 0: nothing was found (planted: everything). 1: something was. 2: the command line is wrong.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Fixture } from '../e2e/bad_input/fixture.mjs';
import { parseArguments } from '../e2e/lib/arguments.mjs';
import { findPrograms, start } from '../e2e/lib/program.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { layOut } from '../e2e/lib/table.mjs';
import { Workspace } from '../e2e/lib/workspace.mjs';
import { cut, hold, ways } from './slow_clients.mjs';
import { faultsOf, scan } from './tls_scan.mjs';

const cutConnections = 500;
const slowFileBytes = 200_000; // more than the system keeps for a client that does not read

function readArguments() {
  try {
    const given = parseArguments(process.argv.slice(2),
      { 'bin-dir': 'text', out: 'text', connections: 'text', only: ['tls', 'slow'], planted: 'switch' });
    const connections = Number(given.connections ?? 5000);
    if (!Number.isInteger(connections) || connections < 1) throw new Error('--connections takes a number');
    return { programs: findPrograms(given['bin-dir'] ?? 'build/release/bin'), out: given.out ?? 'build/security',
      connections, only: given.only, planted: Boolean(given.planted) };
  } catch (error) {
    console.error(`security: ${error.message}`);
    process.exit(2);
  }
}

const given = readArguments();
mkdirSync(given.out, { recursive: true });
const fixture = new Fixture(given.programs, new Workspace('security'));
const web = fixture.workspace.path('web');
mkdirSync(web);
writeFileSync(join(web, 'slow.bin'), Buffer.alloc(slowFileBytes, 'x'));

/** A server with a data folder and, when they are given, deadlines of its own. */
async function serving(name, deadlines) {
  const folder = fixture.workspace.path(name), file = fixture.workspace.path(`${name}.toml`);
  writeFileSync(file, Object.entries({ ...deadlines }).map(([key, ms]) => `deadlines.${key} = ${ms}\n`).join(''));
  const server = new Server(given.programs.server, folder, ['--web', web, '--config', file]);
  fixture.servers.add(server);
  await server.start();
  return server;
}
const patient = { head_ms: 300_000, body_ms: 300_000, idle_ms: 300_000 };

const faults = []; // of the whole run

async function scanTls(port, ca) {
  const findings = await scan(port, { ca, file: join(given.out, 'tls.json') });
  const found = faultsOf(findings);
  const counts = Object.entries(Object.groupBy?.(findings, (each) => each.severity) ??
    findings.reduce((by, each) => ({ ...by, [each.severity]: [...(by[each.severity] ?? []), each] }), {}));
  console.log(`testssl.sh: ${counts.map(([name, list]) => `${list.length} ${name}`).join(', ')}; ` +
    `of these ${found.length} are failures`);
  for (const fault of found) console.log(`  FAILED  ${fault}`);
  return found;
}

function printed(heads, rows, found) {
  console.log(layOut([heads], rows));
  for (const fault of found) console.log(`  FAILED  ${fault}`);
  return found;
}
const verdict = ({ faults }) => (faults.length === 0 ? 'ok' : 'FAILED');

async function holdSlow(server, connections) {
  const device = await fixture.rawDevice(server), rows = [], found = [];
  for (const way of ways) {
    const held = await hold(way, { server, device, connections }), { figures } = held;
    found.push(...held.faults);
    rows.push([figures.way, figures.open, figures.others, figures.failed, figures.slowest_ms,
      Math.round(figures.quiet_us), Math.round(figures.beside_us), `${Math.round(100 * figures.rise)} %`, Math.round(figures.alone_ms),
      verdict(held)]);
  }
  return printed(['clients that stay', 'open', 'requests of others', 'failed', 'slowest ms', 'CPU µs quiet',
    'CPU µs beside', 'rise', 'CPU ms/s alone', ''], rows, found);
}

async function cutSlow(server, chosen = ways) {
  const rows = [], found = [];
  for (const way of chosen) {
    const tried = await cut(way, { server, connections: cutConnections }), { figures } = tried;
    found.push(...tried.faults);
    rows.push([figures.way, figures.most, figures.ended_s.toFixed(1), verdict(tried)]);
  }
  return printed(['clients that are cut', 'open at once', 'all ended after s', ''], rows, found);
}

/** An OpenSSL server that speaks TLS 1.0, with the certificate of a server of ours. */
async function oldTls(server) {
  const port = server.port + 1;
  const child = start('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-www', '-quiet', '-cipher',
    'ALL:@SECLEVEL=0', '-cert', join(server.dataDir, 'server.pem'), '-key', join(server.dataDir, 'server.key')]);
  await new Promise((done) => setTimeout(done, 500));
  if (child.exitCode !== null) throw new Error('openssl s_server did not start');
  return { port, child };
}

async function planted() {
  const missed = [];
  if (given.only !== 'slow') {
    const old = await oldTls(await serving('old'));
    const found = await scanTls(old.port);
    old.child.kill();
    if (!found.some((fault) => fault.startsWith('TLS1:'))) missed.push('a server that allows TLS 1.0');
  }
  if (given.only !== 'tls') {
    const found = await cutSlow(await serving('patient', patient), [ways[0]]);
    if (!found.some((fault) => fault.includes('still holds'))) missed.push('a server that waits five minutes for a head');
  }
  for (const one of missed) console.log(`  NOT FOUND OUT  ${one}`);
  return missed;
}

try {
  if (given.planted) faults.push(...await planted());
  else {
    const server = await serving('server');
    if (given.only !== 'slow') faults.push(...await scanTls(server.port, server.caFile));
    if (given.only !== 'tls') {
      faults.push(...await cutSlow(server));
      faults.push(...await holdSlow(await serving('patient', patient), given.connections));
    }
  }
} catch (error) {
  console.log(`  FAILED  ${error.stack}`);
  faults.push(error.message);
} finally {
  await fixture.close();
}
console.log(`security: ${faults.length === 0 ? 'passed' : `${faults.length} failed`}`);
process.exit(faults.length === 0 ? 0 : 1);
