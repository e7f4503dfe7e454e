// Thousands of clients that do everything as slowly as they can, while others make requests that must not notice.
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

import { hello } from '../e2e/lib/frames.mjs';
import { start } from '../e2e/lib/program.mjs';

const requestsAtOnce = 4, gapMs = 20, measureMs = 10_000, sampleMs = 250, standstillMs = 15_000;
export const riseMax = 0.2;
const probesMax = 10; // slowhttptest asks now and then whether the server answers, over ordinary connections that may stay

/**
 * The ways to be slow. `options`: slowhttptest's. `ends_s`: until the server has ended every one of them, at its own
 * deadlines (docs/server.md), with some seconds for opening them on a busy machine. A reply that is read slowly may end
 * up in the system's buffers, so that what ends the connection is that no further request comes.
 */
export const ways = [
  { name: 'slow head', options: ['-H', '-i', '10', '-t', 'GET', '-x', '24'], path: '/healthz', ends_s: 30 },
  { name: 'slow body', options: ['-B', '-i', '10', '-t', 'POST', '-s', '8192', '-x', '24'], path: '/sync/v1', ends_s: 30 },
  { name: 'slow read', options: ['-X', '-w', '256', '-y', '512', '-n', '5', '-z', '32', '-t', 'GET'], path: '/slow.bin',
    ends_s: 85 },
];

/** CPU nanoseconds of all threads of the server so far. */
function cpuNs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ofThread = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return threads.reduce((sum, thread) => sum + ofThread(thread), 0);
}

const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** An ordinary phone's request, again and again over connections that stay, and what came of each. */
class Others {
  constructor(server, device) {
    Object.assign(this, { server, done: 0, failed: 0, slowest_ms: 0, stopped: false, gap_ms: gapMs });
    this.agent = new Agent({ keepAlive: true, maxSockets: requestsAtOnce, ca: server.ca });
    this.headers = { authorization: `Bearer ${device.token}` };
    this.body = hello(device.replica);
    this.running = Promise.all(Array.from({ length: requestsAtOnce }, () => this.run()));
  }

  async run() {
    while (!this.stopped) {
      const startedMs = performance.now();
      const status = await this.ask().catch(() => 0);
      this.slowest_ms = Math.max(this.slowest_ms, performance.now() - startedMs);
      this.done += 1;
      if (status !== 200) this.failed += 1;
      if (this.gap_ms > 0) await pause(this.gap_ms);
    }
  }

  ask() {
    return new Promise((done, fail) => {
      const options = { method: 'POST', agent: this.agent, headers: this.headers, timeout: 10_000 };
      const asked = request(`${this.server.url}/sync/v1`, options, (answer) => {
        answer.resume();
        answer.once('end', () => done(answer.statusCode));
        answer.once('error', fail);
      });
      asked.once('timeout', () => asked.destroy(new Error('no answer in 10 s')));
      asked.once('error', fail);
      asked.end(this.body);
    });
  }

  async stop() {
    this.stopped = true;
    await this.running;
    this.agent.destroy();
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** CPU of the server and requests done, while the others ask as fast as they can, or after each a pause of gap_ms. */
async function cost(server, others, gap_ms = 0) {
  others.gap_ms = gap_ms;
  const ns = cpuNs(server.child.pid), done = others.done;
  await pause(measureMs);
  const spent = { ns: cpuNs(server.child.pid) - ns, done: others.done - done };
  others.gap_ms = gapMs;
  return spent;
}
const us = (...spent) => {
  const sum = (name) => spent.reduce((total, one) => total + one[name], 0);
  return sum('ns') / 1000 / sum('done');
};

function attack(way, { server, connections, limit_s }) {
  const child = start('slowhttptest', [...way.options, '-c', String(connections), '-r', '2000', '-l', String(limit_s),
    '-p', '5', '-u', `${server.url}${way.path}`]);
  const slow = { child, said: '', ended: false };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (slow.said += chunk));
  slow.end = new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', () => done(slow.ended = true));
  });
  return slow;
}

/**
 * Whether thousands of slow clients that stay harm the others. The server is one whose deadlines are far away, so that
 * they do stay. Returns the figures and `faults`, a sentence each.
 */
export async function hold(way, { server, device, connections }) {
  const others = new Others(server, device);
  await pause(1_000);
  const idle = descriptors(server.child.pid);
  const before = await cost(server, others);
  const slow = attack(way, { server, connections, limit_s: 600 });
  const openNow = () => descriptors(server.child.pid) - idle;
  for (let most = 0, grewMs = performance.now(); most < connections && !slow.ended;) {
    await Promise.race([pause(sampleMs), slow.end]);
    if (openNow() > most) [most, grewMs] = [openNow(), performance.now()];
    if (performance.now() - grewMs > standstillMs) break;
  }
  await pause(1_000); // the last handshakes
  const open = openNow(), beside = await cost(server, others), openAfter = openNow();
  const alone = await cost(server, others, measureMs); // next to no request: what the slow ones themselves cost
  slow.child.kill();
  await slow.end;
  for (let i = 0; i < 40 && openNow() > 50; ++i) await pause(sampleMs);
  const after = await cost(server, others);
  await others.stop();
  const figures = { way: way.name, open: Math.min(open, openAfter), others: others.done, failed: others.failed,
    slowest_ms: Math.round(others.slowest_ms), quiet_us: us(before, after), beside_us: us(beside),
    alone_ms: alone.ns / 1_000_000 / (measureMs / 1000) };
  figures.rise = figures.beside_us / figures.quiet_us - 1;
  return { figures, faults: faultsOfHolding(figures, { connections, said: slow.said }) };
}

/**
 * Whether a server with its own deadlines gets rid of slow clients. What counts is what the server holds: the system may
 * go on for long after it to hand a slow reader the rest of what was written.
 */
export async function cut(way, { server, connections }) {
  const idle = descriptors(server.child.pid), startedMs = performance.now();
  const slow = attack(way, { server, connections, limit_s: 600 });
  const figures = { way: way.name, most: 0, left: 0, ended_s: 0 };
  for (let open = 0; figures.ended_s < way.ends_s;) {
    await Promise.race([pause(sampleMs), slow.end]);
    open = descriptors(server.child.pid) - idle;
    figures.most = Math.max(figures.most, open);
    figures.ended_s = (performance.now() - startedMs) / 1000;
    figures.left = open;
    if (open <= probesMax && figures.most > probesMax) break;
  }
  slow.child.kill();
  await slow.end;
  return { figures, faults: faultsOfCutting(figures, { connections, said: slow.said }) };
}

function collect(way) {
  const faults = [];
  return { faults, expect: (holds, sentence) => holds || faults.push(`${way}: ${sentence}`) };
}
const outOfService = /service available:\s+\S*NO/; // slowhttptest's own verdict by a probe of its own

export function faultsOfHolding(figures, { connections, said }) {
  const { faults, expect } = collect(figures.way);
  expect(figures.open >= 0.98 * connections, `only ${figures.open} of ${connections} slow connections stayed open`);
  expect(figures.others > 0, 'the others made no request');
  expect(figures.failed === 0, `${figures.failed} of ${figures.others} requests of others failed`);
  expect(figures.rise <= riseMax, `a request costs ${Math.round(100 * figures.rise)} % more CPU beside them`);
  expect(!outOfService.test(said), 'slowhttptest found the server out of service');
  return faults;
}

export function faultsOfCutting(figures, { connections, said }) {
  const { faults, expect } = collect(figures.way);
  expect(figures.most >= 0.5 * connections, `only ${figures.most} of ${connections} slow connections were open at once`);
  expect(figures.left <= probesMax, `the server still holds ${figures.left} of them after ${figures.ended_s.toFixed(0)} s`);
  expect(!outOfService.test(said), 'slowhttptest found the server out of service');
  return faults;
}
