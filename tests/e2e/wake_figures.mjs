// What waking costs, on the real programs: the time from one phone's push to another's wake message, and what the
// server holds for phones that wait. Prints one line of JSON a figure.
//   node tests/e2e/wake_figures.mjs --bin-dir build/release/bin --pushes 200 --sockets 1000
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

import { Fixture, village } from './bad_input/fixture.mjs';
import { parseArguments } from './lib/arguments.mjs';
import { findPrograms } from './lib/program.mjs';
import { WakeSocket } from './lib/wake_socket.mjs';
import { Workspace } from './lib/workspace.mjs';

const socketsOfADevice = 3; // wake_sockets_max of server/api/wakes.hpp

const given = parseArguments(process.argv.slice(2), { 'bin-dir': 'text', pushes: 'text', sockets: 'text' });
const pushes = Number(given.pushes ?? 200), sockets = Number(given.sockets ?? 1000);
const fixture = new Fixture(findPrograms(given['bin-dir'] ?? 'build/release/bin'), new Workspace('wake-figures'));
const { server } = fixture;

/** A line to the server that remembers when the phone's last bytes went up. */
class TimedLine {
  static open() {
    const line = new TimedLine();
    line.listener = createServer((client) => {
      const upstream = connect(server.port, '127.0.0.1');
      client.on('data', (chunk) => {
        line.sentAt = performance.now();
        upstream.write(chunk);
      });
      upstream.on('data', (chunk) => client.write(chunk));
      for (const [from, to] of [[client, upstream], [upstream, client]]) {
        from.once('close', () => to.destroy());
        from.on('error', () => to.destroy());
      }
    });
    return new Promise((done) => line.listener.listen(0, '127.0.0.1', () => done(line)));
  }

  get url() {
    return `https://127.0.0.1:${this.listener.address().port}`;
  }
}

const say = (figure) => console.log(JSON.stringify(figure));
const at = (sorted, part) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] * 10) / 10;

function residentKb() {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);
}

/** The wake comes before the answer to the push, so the phone's last bytes before it are the push. */
async function measureWakes() {
  const line = await TimedLine.open(), phone = await fixture.busyPhone({ at: line });
  const socket = await WakeSocket.open(server, (await fixture.rawDevice()).token), times = [];
  await phone.sync();
  await socket.next();
  for (let i = 0; i < pushes; ++i) {
    await phone.add('visit', village, '--summary', `第${i}次走访`);
    const woken = socket.next().then(({ at: arrived }) => times.push(arrived - line.sentAt));
    await phone.sync();
    await woken;
  }
  times.sort((a, b) => a - b);
  say({ figure: 'push_to_wake_ms', pushes, p50: at(times, 0.5), p99: at(times, 0.99), most: at(times, 1) });
  await socket.close();
  line.listener.close();
}

async function measureIdle() {
  const devices = [];
  for (let i = 0; i < sockets; i += socketsOfADevice) devices.push(await fixture.rawDevice());
  const before = residentKb(), open = [];
  for (let i = 0; i < sockets; ++i)
    open.push(await WakeSocket.open(server, devices[Math.floor(i / socketsOfADevice)].token));
  const added = residentKb() - before;
  say({ figure: 'idle_sockets', sockets, resident_kb: before + added, kb_a_socket: Math.round(added / sockets) });

  const phone = await fixture.busyPhone();
  const woken = Promise.all(open.map((socket) => socket.next(30_000)));
  const started = performance.now();
  await phone.sync();
  const last = Math.max(...(await woken).map(({ at: arrived }) => arrived));
  say({ figure: 'wake_all_ms', sockets, from_the_start_of_a_sync: Math.round(last - started) });
}

try {
  await server.start();
  await measureWakes();
  await measureIdle();
} finally {
  await fixture.close();
}
process.exit(0);
