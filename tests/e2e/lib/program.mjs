// Running one program: its exit status, its output and how long it took. Nothing here goes through a shell.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const runningChildren = new Set();
// Whatever ends this process, a server that it started does not outlive it.
process.on('exit', () => runningChildren.forEach((child) => child.kill('SIGKILL')));

/** Starts a program and remembers it until it ends. */
export function start(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  runningChildren.add(child);
  child.once('close', () => runningChildren.delete(child));
  child.once('error', () => runningChildren.delete(child));
  return child;
}

/**
 * Runs a program to its end: { status, signal, stdout, stderr, ms }, with the output as text.
 * Rejects only when the program could not be started; a failure of the program is a status.
 */
export function run(program, args, { timeoutMs = 60_000, input, ...options } = {}) {
  return new Promise((done, fail) => {
    const startedMs = performance.now();
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const child = start(program, args, { ...options, stdio: [stdin, 'pipe', 'pipe'] });
    const out = [], err = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    if (input !== undefined) {
      child.stdin.on('error', () => {}); // a program that refuses its input early closes the pipe: its status tells why
      child.stdin.end(input);
    }
    const deadline = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('error', fail);
    child.once('close', (status, signal) => {
      clearTimeout(deadline);
      const text = (chunks) => Buffer.concat(chunks).toString('utf8');
      done({ status, signal, stdout: text(out), stderr: text(err), ms: performance.now() - startedMs });
    });
  });
}

/** The two programs in a folder, or in its bin/ (a build folder may be named as well). */
export function findPrograms(binDir) {
  const candidates = [binDir, join(binDir, 'bin')].map((folder) => resolve(folder));
  for (const folder of candidates) {
    const programs = { server: join(folder, 'doorstep-server'), phone: join(folder, 'doorstep') };
    if (existsSync(programs.server) && existsSync(programs.phone)) return programs;
  }
  throw new Error(`doorstep-server and doorstep are not in ${candidates[0]}: build them first (./dev build)`);
}
