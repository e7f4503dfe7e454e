// A folder of its own for one run, below the system's temporary folder.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Workspace {
  constructor(name) {
    this.folder = mkdtempSync(join(tmpdir(), `doorstep-${name}-`));
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
