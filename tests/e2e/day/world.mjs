// The things of the day: one server, an office with a browser, and five phones, each on a line of its own.
import { BadLine } from '../lib/bad_line.mjs';
import { Office } from '../lib/office.mjs';
import { Phone } from '../lib/phone.mjs';
import { Server } from '../lib/server.mjs';
import { people } from './cast.mjs';

export class World {
  constructor({ programs, workspace, story, random }) {
    Object.assign(this, { programs, workspace, story, random });
    this.server = new Server(programs.server, workspace.path('server'));
    this.office = new Office(this.server);
    this.phones = {}; // by the keys of `people`
    this.lines = new Map(); // phone -> BadLine
    this.records = {}; // ids that later chapters name
  }

  get all() {
    return Object.values(this.phones);
  }

  line(phone) {
    return this.lines.get(phone);
  }

  async enrolAll() {
    for (const [key, person] of Object.entries(people)) {
      const phone = new Phone(this.programs.phone, this.workspace.path(`phone-${key}`), person);
      const line = await BadLine.open(this.server);
      this.phones[key] = phone;
      this.lines.set(phone, line);
      await phone.enrol(line.url, this.server.caFile, await this.server.enrolmentCode(person));
    }
  }

  /** Every phone in a new order; the order is returned. */
  async syncAll() {
    const order = this.random.shuffled(this.all);
    const reports = [];
    for (const phone of order) reports.push(await phone.sync());
    return { order, reports };
  }

  /** Everything that was typed into a phone of this day: { text, record, division, by }. */
  get typed() {
    return this.all.flatMap((phone) => phone.typed);
  }

  async close() {
    await Promise.all([...this.lines.values()].map((line) => line.close()));
    if (this.server.child && this.server.child.exitCode === null) await this.server.stop();
  }
}
