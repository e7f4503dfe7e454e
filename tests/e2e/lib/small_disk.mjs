// A disk that is soon full: a tmpfs of its own. Only root can mount one.
import { existsSync, mkdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from './program.mjs';

/** Gives a small disk to `body`, or skips the test with the reason why there is none. */
export async function onSmallDisk(fixture, test, name, mebibytes, body) {
  const disk = await SmallDisk.mount(fixture.workspace.path(name), mebibytes);
  if (!(disk instanceof SmallDisk)) return test.skip(disk);
  try {
    await body(disk);
  } finally {
    await disk.unmount();
  }
}

export class SmallDisk {
  /** Resolves to a disk, or to a text that says why there is none. */
  static async mount(folder, mebibytes) {
    if (process.getuid() !== 0) return 'mounting a tmpfs needs root';
    mkdirSync(folder, { recursive: true });
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]).catch(String);
    if (mounted.status !== 0) return `no tmpfs could be mounted: ${mounted.stderr ?? mounted}`.trim();
    return new SmallDisk(folder);
  }

  constructor(folder) {
    this.folder = folder;
    this.ballast = join(folder, 'ballast');
  }

  /** Leaves no room at all: whole blocks first, then until a write fails. */
  fill() {
    const block = Buffer.alloc(4096);
    for (const piece of [Buffer.alloc(64 * 1024), block]) {
      try {
        for (;;) writeFileSync(this.ballast, piece, { flag: 'a' });
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      }
    }
  }

  makeRoom() {
    if (!existsSync(this.ballast)) return;
    truncateSync(this.ballast, 0); // unlink alone would keep the blocks while something still has the file open
    unlinkSync(this.ballast);
  }

  async readOnly() {
    await run('mount', ['-o', 'remount,ro', this.folder]);
  }

  async writable() {
    await run('mount', ['-o', 'remount,rw', this.folder]);
  }

  /** Lazily, so that a test that failed half-way leaves no mount behind. */
  async unmount() {
    await run('umount', ['-l', this.folder]);
  }
}
