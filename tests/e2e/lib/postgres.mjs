// A PostgreSQL of the test's own, in a folder of its own, as a user without rights; it ends with the test.
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run, start } from './program.mjs';

const nobody = 65534;
const versions = '/usr/lib/postgresql';

/** PostgreSQL refuses to run as root. */
const asNobody = process.getuid() === 0 ? { uid: nobody, gid: nobody } : {};

export class Postgres {
  /** Returns when it answers. */
  async start() {
    const version = readdirSync(versions).filter((one) => existsSync(join(versions, one, 'bin/initdb'))).sort().at(-1);
    this.bin = join(versions, version, 'bin');
    this.folder = mkdtempSync(join(tmpdir(), 'doorstep-pg-')); // short: a socket's path has 107 bytes at most
    if (asNobody.uid) chownSync(this.folder, nobody, nobody);
    const options = { ...asNobody, cwd: this.folder };
    const data = join(this.folder, 'data');
    const made = await run(join(this.bin, 'initdb'),
      ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync'], options);
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
    this.child = start(join(this.bin, 'postgres'),
      ['-D', data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${this.folder}`, '-c', 'fsync=off'], options);
    this.ended = new Promise((done) => this.child.once('close', done));
    for (const deadline = Date.now() + 20_000; (await this.sql('SELECT 1', 'postgres')).status !== 0;) {
      if (Date.now() > deadline) throw new Error('PostgreSQL does not answer');
      await new Promise((done) => setTimeout(done, 50));
    }
    await this.sql('CREATE ROLE office LOGIN', 'postgres');
    await this.sql('CREATE DATABASE county OWNER office', 'postgres');
  }

  get url() {
    return `postgresql:///county?host=${this.folder}&user=office`;
  }

  /** As the superuser. */
  sql(text, database = 'county') {
    return run(join(this.bin, 'psql'), ['-X', '-A', '-t', '-h', this.folder, '-U', 'postgres', '-d', database, '-c', text]);
  }

  async stop() {
    this.child?.kill('SIGINT');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
