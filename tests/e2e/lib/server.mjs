// The office's server as a process: started, asked by its own sub-commands, killed without warning, started again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { remember } from './desk.mjs';
import { request } from './https.mjs';
import { run, start } from './program.mjs';

const ready_ms_max = 20_000;

export class Server {
  /** `program`: doorstep-server. Several Servers may share one data folder in turn. options: further ones of `serve`. */
  constructor(program, dataDir, options = []) {
    this.program = program;
    this.dataDir = dataDir;
    this.options = options;
    this.port = 0;
    this.output = '';
  }

  get url() {
    return `https://127.0.0.1:${this.port}`;
  }

  get caFile() {
    return join(this.dataDir, 'ca.pem');
  }

  get ca() {
    return readFileSync(this.caFile);
  }

  /** Starts on the port of the last time (at first: any) and returns when it says that it is ready. */
  async start() {
    const args = ['serve', '--data', this.dataDir, '--port', String(this.port), ...this.options];
    const child = start(this.program, args);
    this.child = child;
    this.ended = new Promise((done) => child.once('close', (status, signal) => done({ status, signal })));
    await new Promise((done, fail) => {
      const deadline = setTimeout(() => fail(this.failure(`is not ready after ${ready_ms_max} ms`)), ready_ms_max);
      const settle = (how) => (clearTimeout(deadline), how());
      const heard = (chunk) => {
        this.output += chunk;
        if (this.readOutput()) settle(done);
      };
      child.stdout.setEncoding('utf8').on('data', heard);
      child.stderr.setEncoding('utf8').on('data', heard);
      child.once('error', (error) => settle(() => fail(error)));
      child.once('close', (status) => settle(() => fail(this.failure(`ended with status ${status}`))));
    });
  }

  readOutput() {
    // The last one counts: after a restart the port may only be read from the newer lines.
    const ports = [...this.output.matchAll(/https:\/\/127\.0\.0\.1:(\d+)\s/g)];
    if (ports.length === 0 || this.child.exitCode !== null) return false;
    this.port = Number(ports.at(-1)[1]);
    return true;
  }

  failure(what) {
    return new Error(`doorstep-server serve ${what}\n${this.output}`);
  }

  /** SIGKILL: no chance to write or to say goodbye. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
    this.output = '';
  }

  /** Whether the program comes to say this within some seconds. */
  async says(words, timeoutMs = 10_000) {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline;) {
      if (this.output.includes(words)) return true;
      await new Promise((done) => setTimeout(done, 20));
    }
    return false;
  }

  /** The polite end. Returns { status, signal }. */
  async stop() {
    this.child.kill('SIGTERM');
    const result = await this.ended;
    this.output = '';
    return result;
  }

  async healthy() {
    const answer = await request(`${this.url}/healthz`, { ca: this.ca });
    return answer.status === 200;
  }

  /** One sub-command on the data folder; returns its JSON. Works while the server runs. */
  async ask(...args) {
    const flag = args.findIndex((arg) => arg.startsWith('-')), words = flag < 0 ? args.length : flag;
    const result = await run(this.program, [...args.slice(0, words), '--data', this.dataDir, ...args.slice(words)]);
    if (result.status !== 0)
      throw new Error(`doorstep-server ${args.join(' ')}: status ${result.status}\n${result.stderr}${result.stdout}`);
    return result.stdout.trim() ? JSON.parse(result.stdout) : {};
  }

  /** person: { name, role, areas, device }. Returns the one-time code. */
  async enrolmentCode(person, ttlSeconds) {
    const args = ['enrol', '--name', person.name, '--role', person.role, '--device', person.device, '--json'];
    for (const area of person.areas) args.push('--area', area);
    if (ttlSeconds !== undefined) args.push('--ttl-s', String(ttlSeconds));
    return remember((await this.ask(...args)).code, this, person);
  }

  /** The digits of phones that wait: [{ author, label, role, digits }]. */
  async waiting() {
    return (await this.ask('devices', 'waiting', '--json')).waiting;
  }

  /** Lets the person's phone in that shows these digits. */
  async confirm(person, digits) {
    const args = ['devices', 'confirm', '--data', this.dataDir, '--name', person.name, '--device', person.device, '--digits', digits];
    const result = await run(this.program, args);
    if (result.status !== 0) throw new Error(`doorstep-server devices confirm: status ${result.status}\n${result.stderr}`);
  }

  /** person: { name, role, areas }. Makes an account for the office's page; returns { name, invitation }. */
  async invite(person) {
    const args = ['--name', person.name, '--role', person.role, '--json'];
    for (const area of person.areas) args.push('--area', area);
    const { invitation } = await this.ask('staff', 'add', ...args);
    return { name: person.name, invitation };
  }

  verify() {
    return this.ask('verify', '--json');
  }

  async backup(file) {
    const result = await run(this.program, ['backup', '--data', this.dataDir, '--to', file]);
    if (result.status !== 0) throw new Error(`doorstep-server backup: status ${result.status}\n${result.stderr}`);
  }
}
