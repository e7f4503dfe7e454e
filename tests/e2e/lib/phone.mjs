// One phone: a folder, and `doorstep` calls on it. It remembers every word that its user typed, and what syncing cost.
import { confirm } from './desk.mjs';
import { errors } from './error_codes.mjs';
import { run } from './program.mjs';

/** A command that failed where the day needs it to work. */
export class PhoneError extends Error {
  constructor(phone, args, result) {
    super(`doorstep ${args.join(' ')} (${phone.name}): status ${result.status}\n${result.stderr}${result.stdout}`);
    this.status = result.status;
  }
}

const textOptions =
  new Set(['--address', '--summary', '--need', '--add-need', '--remove-need', '--note', '--category']);

export class Phone {
  /** person: { name, role, areas, device, clockOffsetMs }, the last: how far this phone's clock is off. */
  constructor(program, folder, person) {
    Object.assign(this, { program, folder, person, clockOffsetMs: person.clockOffsetMs ?? 0 });
    this.name = person.name;
    this.english = person.english ?? person.name;
    this.typed = []; // { text, record, division, by }
    this.cost = { syncs: 0, pushed: 0, pulled: 0, round_trips: 0, sent_bytes: 0, received_bytes: 0, ms: 0 };
  }

  globalOptions() {
    const options = ['--phone', this.folder, '--json'];
    if (this.clockOffsetMs !== 0) options.push('--now', String(Date.now() + this.clockOffsetMs));
    return options;
  }

  /** Runs a command whatever comes of it: { status, stdout, stderr, ms }. */
  attempt(...args) {
    return run(this.program, [...this.globalOptions(), ...args]);
  }

  /** Runs a command that must work, and returns its JSON. */
  async ask(...args) {
    const result = await this.attempt(...args);
    if (result.status !== 0) throw new PhoneError(this, args, result);
    return result.stdout.trim() ? JSON.parse(result.stdout) : {};
  }

  /** The phone shows its digits, the office confirms them, and the phone asks again. */
  async enrol(server, caFile, code) {
    const args = ['enrol', '--server', server, '--ca', caFile, '--code', code], first = await this.attempt(...args);
    if (first.status === errors.awaiting_confirmation.number) await confirm(code, JSON.parse(first.stdout).found.digits);
    return this.ask(...args);
  }

  /** Saves a new household, visit or issue in a village; returns its id. */
  async add(type, division, ...options) {
    const { records } = await this.ask(type, '--division', division, ...options);
    this.remember(options, records[0], division);
    return records[0];
  }

  async edit(record, division, ...options) {
    await this.ask('edit', record, ...options);
    this.remember(options, record, division);
  }

  remember(options, record, division) {
    for (let i = 0; i + 1 < options.length; i += 2)
      if (textOptions.has(options[i])) this.typed.push({ text: options[i + 1], record, division, by: this.name });
  }

  /** A synchronisation that must work; returns its report, with the milliseconds of the whole command. */
  async sync() {
    const startedMs = performance.now();
    const report = await this.ask('sync');
    report.ms = performance.now() - startedMs;
    this.cost.syncs += 1;
    for (const name of Object.keys(this.cost)) if (name !== 'syncs') this.cost[name] += report[name];
    return report;
  }

  list(type) {
    return this.ask('list', '--rows', '500', ...(type ? ['--type', type] : [])).then((answer) => answer.records);
  }

  show(record) {
    return this.ask('show', record);
  }

  log(record) {
    return this.ask('log', record).then((answer) => answer.entries);
  }

  conflicts() {
    return this.ask('conflicts').then((answer) => answer.records);
  }

  status() {
    return this.ask('status');
  }

  verify() {
    return this.ask('verify');
  }
}
