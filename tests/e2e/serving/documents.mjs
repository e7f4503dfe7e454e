// Every command of doorstep-server that a document shows is one, with the flags that it shows.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';

const docs = new URL('../../../docs/', import.meta.url);

/** Commands in the code of a document: its blocks' lines and what stands between backticks. */
function commandsIn(text) {
  const blocks = [...text.matchAll(/^```\n([^]*?)^```$/gm)].flatMap(([, block]) => block.replace(/\\\n\s*/g, '').split('\n'));
  const inline = [...text.replace(/^```\n[^]*?^```$/gm, '').matchAll(/`(doorstep-server [^`]*)`/g)].map(([, code]) => code);
  return [...blocks, ...inline].map((line) => line.trim()).filter((line) => /^doorstep-server [a-z]/.test(line));
}

export function documents(fixture) {
  describe('the documents', () => {
    const help = async (...words) => {
      const { status, stdout } = await run(fixture.programs.server, [...words, '--help']);
      assert.equal(status, 0, `doorstep-server ${words.join(' ')} is no command`);
      return stdout;
    };
    for (const file of readdirSync(docs).filter((name) => name.endsWith('.md')))
      it(`${file} shows commands that there are`, async () => {
        for (const command of commandsIn(readFileSync(new URL(file, docs), 'utf8'))) {
          const words = command.split(/\s+/).slice(1), options = words.findIndex((word) => !/^[a-z]+$/.test(word));
          const known = await help(...words.slice(0, options < 0 ? undefined : options));
          for (const [flag] of command.matchAll(/(?<=\s)--[a-z-]+/g))
            assert.match(known, new RegExp(`\\s${flag}\\b`), `${command}: ${flag}`);
        }
      });
  });
}
