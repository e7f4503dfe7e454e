// What every test of bad input starts from: a real server, real phones, and the question whether anything was lost.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { BadLine } from '../lib/bad_line.mjs';
import { errors } from '../lib/error_codes.mjs';
import { request } from '../lib/https.mjs';
import { Office } from '../lib/office.mjs';
import { Phone } from '../lib/phone.mjs';
import { RawPhone } from '../lib/raw_phone.mjs';
import { Server } from '../lib/server.mjs';
import { codeOf, fromBase32 } from '../lib/totp.mjs';

export const township = '341222101000', village = '341222101202';

export class Fixture {
  constructor(programs, workspace) {
    Object.assign(this, { programs, workspace });
    this.server = new Server(programs.server, workspace.path('server'));
    this.stranger = new Server(programs.server, workspace.path('stranger')); // of another authority
    this.servers = new Set([this.server, this.stranger]);
    this.lines = [];
    this.phones = 0;
    this.accounts = 0;
  }

  /** A server of its own, for a test that breaks it. */
  newServer(name) {
    const server = new Server(this.programs.server, this.workspace.path(name));
    this.servers.add(server);
    return server;
  }

  person(name = '李明') {
    return { name, role: 'cadre', areas: [township], device: `${name}的手机` };
  }

  /** A phone that is not enrolled and has no file yet. */
  blankPhone(folder) {
    return new Phone(this.programs.phone, folder ?? this.workspace.path(`phone-${++this.phones}`), this.person());
  }

  /** An enrolled phone. `at`: the server or the line that it knows. */
  async phone({ server = this.server, at = server, folder } = {}) {
    const phone = this.blankPhone(folder);
    await phone.enrol(at.url, server.caFile, await server.enrolmentCode(phone.person));
    return phone;
  }

  /** An enrolled phone with a household: something to lose. */
  async busyPhone(options) {
    const phone = await this.phone(options);
    phone.household = await phone.add('household', village, '--address', '八里村三组17号', '--summary', '老人独居。');
    return phone;
  }

  async line(server = this.server) {
    const line = await BadLine.open(server);
    this.lines.push(line);
    return line;
  }

  /** Enrols by hand, as no phone does it: { phone, replica, token }. */
  async rawDevice(server = this.server, person = this.person('手工')) {
    const phone = new RawPhone(), code = await server.enrolmentCode(person);
    const { nonce } = await this.must('/api/v1/enrol/nonce', { code, commitment: phone.commitment }, server);
    const proof = phone.proofOfEnrolment(code, nonce);
    assert.equal((await this.postJson('/api/v1/enrol', proof, server)).status, 403);
    await server.confirm(person, phone.digits(code, nonce, server.ca));
    await this.must('/api/v1/enrol', proof, server);
    return { phone, replica: phone.replica, token: await this.token(phone, server) };
  }

  /** What the phone's key brings: { token, lives_ms, sealing_key, next_authority }. */
  async access(phone, server = this.server) {
    const { nonce } = await this.must('/api/v1/access/nonce', {}, server);
    return this.must('/api/v1/access', phone.proof(nonce), server);
  }

  async token(phone, server) {
    return (await this.access(phone, server)).token;
  }

  /** Ends the token that a phone has, as the first use of another does. */
  async endToken(phone, server = this.server) {
    const pem = readFileSync(join(phone.folder, 'phone.device.pem')), { replica } = await phone.status();
    const token = await this.token(new RawPhone({ pem, replica }), server);
    await this.post('/sync/v1', 'x', { authorization: `Bearer ${token}` }, server);
  }

  postJson(path, body, server = this.server) {
    return this.post(path, JSON.stringify(body), { 'content-type': 'application/json' }, server);
  }

  /** The answer to what must work. */
  async must(path, body, server) {
    const answer = await this.postJson(path, body, server);
    assert.equal(answer.status, 200, answer.body.toString());
    return JSON.parse(answer.body);
  }

  /** A new account of the role, signed in by the API: the headers that its acts need. */
  async session(role, server = this.server) {
    const account = await new Office(server).activate(
      await server.invite({ name: `${role}-${++this.accounts}`, role, areas: ['341222000000'] }));
    const code = codeOf(fromBase32(account.secret), Date.now());
    const body = JSON.stringify({ name: account.name, password: account.password, code });
    const answer = await this.post('/api/v1/session', body, { 'content-type': 'application/json' }, server);
    assert.equal(answer.status, 201, answer.body.toString());
    const [cookie] = /__Host-session=[^;]+/.exec(String(answer.headers['set-cookie']));
    return { cookie, 'x-csrf-token': JSON.parse(answer.body).csrf };
  }

  post(path, body, headers = {}, server = this.server) {
    return request(server.url + path, { ca: server.ca, method: 'POST', headers, body });
  }

  async close() {
    for (const line of this.lines) await line.close();
    for (const server of this.servers) if (server.child && server.child.exitCode === null) await server.kill();
    this.workspace.remove();
  }
}

/** What a phone holds. Two snapshots are equal when nothing was lost and nothing came. */
export async function snapshot(phone) {
  const { saved, only_here, streams } = await phone.status();
  const { state } = await phone.verify();
  return { saved, only_here, streams, state, records: await phone.list() };
}

/** A phone's refusal: its number as exit status, its name and advice on both channels, in both languages' files. */
export function assertPhoneError(result, name, detail = /./) {
  const expected = errors[name];
  assert.equal(result.status, expected.number, `${name} expected:\n${result.stderr}${result.stdout}`);
  const { error } = JSON.parse(result.stdout);
  assert.deepEqual({ code: error.code, number: error.number, advice: error.advice },
    { code: name, number: expected.number, advice: expected.zh });
  assert.match(error.detail, detail);
  assert.ok(result.stderr.includes(expected.zh), `stderr lacks the advice:\n${result.stderr}`);
}

/** The server's refusal: the same on stderr, as text. */
export function assertServerError(result, name, detail = /./) {
  const { number, zh, en } = errors[name];
  assert.equal(result.status, number, `${name} expected:\n${result.stderr}${result.stdout}`);
  assert.ok(result.stderr.includes(`${name} (${number})`), result.stderr);
  assert.ok(result.stderr.includes(zh) && result.stderr.includes(en), `no advice:\n${result.stderr}`);
  assert.match(result.stderr, detail);
}

/** Does something to a phone that must fail with this error and leave it as it was. */
export async function assertNothingLost(phone, name, attempt, detail) {
  const before = await snapshot(phone);
  assertPhoneError(await attempt(), name, detail);
  assert.deepEqual(await snapshot(phone), before);
}
