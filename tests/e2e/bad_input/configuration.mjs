// A wrong configuration: the server does not start, makes nothing, and says line, key and what is allowed.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { run } from '../lib/program.mjs';
import { assertServerError } from './fixture.mjs';

const files = [
  ['a port beyond the last', '[listen]\n\nport = 70000\n', /line 3: listen\.port: allowed is a whole number from 0 to 65535/],
  ['a port that is a word', '[listen]\nport = "8443"\n', /line 2: listen\.port: allowed is a whole number/],
  ['a key that does not exist', '[listen]\nadress = "::"\n', /line 2: listen\.adress: .*nearest is listen\.address/],
  ['a key that stands twice', '[listen]\nport = 1\nport = 2\n', /line 3: /],
  ['what is no TOML', '[listen\n', /line 1: /],
  ['a certificate without its key', '[tls]\ncertificate = "c.pem"\n', /tls\.certificate .*tls\.key .*both or neither/],
];

export function configuration(fixture) {
  const { server: program } = fixture.programs;
  let made = 0;
  /** A file of these words, beside a data folder that is never made. */
  const configured = (text) => {
    const folder = fixture.workspace.path(`configured-${++made}`);
    mkdirSync(folder);
    const file = join(folder, 'office.toml');
    writeFileSync(file, text);
    return { file, data: join(folder, 'data') };
  };

  describe('the server does not start with', () => {
    for (const [what, text, detail] of files)
      it(what, async () => {
        const { file, data } = configured(text);
        assertServerError(await run(program, ['serve', '--data', data, '--config', file]), 'bad_configuration', detail);
        assertServerError(await run(program, ['config', '--file', file]), 'bad_configuration', detail);
        assert.ok(!existsSync(data), 'nothing was made');
      });

    it('a file that is not there', async () => {
      const { file, data } = configured('');
      const line = ['serve', '--data', data, '--config', `${file}.not`];
      assertServerError(await run(program, line), 'bad_configuration', /office\.toml\.not/);
      assert.ok(!existsSync(data), 'nothing was made');
    });

    it('a variable out of range, or a slip in its name', async () => {
      const { file, data } = configured('');
      const started = (variables) =>
        run(program, ['serve', '--data', data, '--config', file], { env: { ...process.env, ...variables } });
      assertServerError(await started({ DOORSTEP_LIMITS_CONNECTIONS: '0' }), 'bad_configuration',
        /DOORSTEP_LIMITS_CONNECTIONS: limits\.connections: allowed is a whole number from 1/);
      assertServerError(await started({ DOORSTEP_LISTEN_PROT: '1' }), 'bad_configuration', /DOORSTEP_LISTEN_PORT/);
      assert.ok(!existsSync(data), 'nothing was made');
    });

    it('a wrong file in its data folder, which compact heeds too', async () => {
      const { data } = configured('');
      mkdirSync(data);
      writeFileSync(join(data, 'doorstep.toml'), '[compaction]\nretire_days = 0\n');
      const detail = /doorstep\.toml, line 2: compaction\.retire_days: allowed is a whole number from 1/;
      for (const command of ['serve', 'compact', 'config'])
        assertServerError(await run(program, [command, '--data', data]), 'bad_configuration', detail);
    });
  });

  describe('doorstep-server config', () => {
    it('prints where each value came from, and no secret', async () => {
      const { file } = configured('[data]\nfolder = "county"\n[listen]\nport = 9443\n[tls]\ncertificate = "c.pem"\n');
      const env = { ...process.env, DOORSTEP_TLS_KEY: '/private/county.key', DOORSTEP_LIMITS_CONNECTIONS: '77' };
      const { status, stdout, stderr } = await run(program, ['config', '--file', file], { env });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^port = 9443 {2}# office\.toml, line 4$/m);
      assert.match(stdout, /^connections = 77 {2}# DOORSTEP_LIMITS_CONNECTIONS$/m);
      assert.match(stdout, /^key = "\(redacted\)" {2}# DOORSTEP_TLS_KEY$/m);
      assert.match(stdout, /^folder = .*\/county['"] {2}# office\.toml, line 2$/m);
      assert.match(stdout, /^idle_ms = \d+ {2}# default$/m);
      assert.doesNotMatch(stdout + stderr, /private|county\.key/);
    });

    it('prints a file of the defaults that it takes itself', async () => {
      const { stdout } = await run(program, ['config', '--defaults']);
      const { file } = configured(stdout);
      const { status, stderr } = await run(program, ['config', '--file', file]);
      assert.equal(status, 0, stderr);
    });
  });

  describe('a configured server', () => {
    it('lets the command line go before the file', async () => {
      const { file } = configured('[data]\nfolder = "data"\n[listen]\nport = 1\n[limits]\nconnections = 5\n');
      const server = fixture.newServer('unused');
      server.dataDir = join(file, '..', 'data');
      server.options = ['--config', file];
      await server.start(); // with --data and --port of its own: port 1 would be refused or privileged
      assert.ok(existsSync(join(server.dataDir, 'doorstep.db')));
      assert.notEqual(server.port, 1);
      await server.kill();
    });
  });
}
