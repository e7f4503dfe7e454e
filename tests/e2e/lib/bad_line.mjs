// A bad telephone line: a TCP proxy that forwards, is down, cuts a request in its middle, or swallows the answer.
// It sees only TLS records, yet knows which bytes are a request: from the client, records of type 23 (application
// data). Under TLS 1.3 the client's last handshake record looks the same, but is under 80 bytes: thresholds lie above.
import { connect, createServer } from 'node:net';

const application_data = 23, record_head_bytes = 5;
const handshake_bytes_max = 80;
const quiet_ms = 60; // nothing more came for so long: the server has done what it does for this request

/** Counts the application bytes in one direction of a TLS connection, however TCP cut it into pieces. */
class RecordMeter {
  constructor() {
    this.head = [];
    this.left = 0; // bytes that remain of the record being read
    this.inside = false;
    this.bytes = 0;
  }

  /** Takes one byte; true when it belongs to application data. */
  take(byte) {
    if (this.left === 0) {
      this.head.push(byte);
      if (this.head.length < record_head_bytes) return false;
      this.inside = this.head[0] === application_data;
      this.left = this.head[3] * 256 + this.head[4];
      this.head = [];
      return false;
    }
    this.left -= 1;
    this.bytes += this.inside ? 1 : 0;
    return this.inside;
  }
}

export class BadLine {
  /** server: an object with a `port`, read anew at each connection. */
  static open(server) {
    const line = new BadLine(server);
    return new Promise((done, fail) => {
      line.listener = createServer({ allowHalfOpen: true }, (client) => line.carry(client));
      line.listener.once('error', fail);
      line.listener.listen(0, '127.0.0.1', () => {
        line.port = line.listener.address().port;
        done(line);
      });
    });
  }

  constructor(server) {
    this.server = server;
    this.pairs = new Set();
    this.repair();
  }

  get url() {
    return `https://127.0.0.1:${this.port}`;
  }

  /** Forwards everything, and drops what hangs. */
  repair() {
    this.mode = 'pass';
    this.dropAll();
  }

  /** No network: connections are refused at once. */
  goDown() {
    this.mode = 'down';
    this.dropAll();
  }

  /** The next request breaks off after so many of its bytes, and the line stays down; the promise says that it did. */
  cutRequestAfter(bytes) {
    this.mode = 'cut';
    this.cutAt = bytes + handshake_bytes_max;
    return this.awaitFault();
  }

  /** The next request gets through, its answer does not; the promise says that the answer would now be due. */
  swallowAnswer() {
    this.mode = 'swallow';
    return this.awaitFault();
  }

  awaitFault() {
    return new Promise((done) => (this.faultHappened = done));
  }

  carry(client) {
    if (this.mode === 'down') return client.destroy();
    const upstream = connect({ port: this.server.port, host: '127.0.0.1', allowHalfOpen: true });
    // A fault is for connections made from now on: what an older one still says in parting is not the next request.
    const pair = { client, upstream, mode: this.mode, meter: new RecordMeter(), quiet: undefined };
    this.pairs.add(pair);
    client.on('data', (chunk) => this.up(pair, chunk));
    upstream.on('data', (chunk) => this.down(pair, chunk));
    client.once('end', () => upstream.end());
    upstream.once('end', () => pair.mode === 'swallow' || client.end());
    for (const socket of [client, upstream]) {
      socket.on('error', () => this.drop(pair));
      socket.once('close', () => this.drop(pair));
    }
  }

  up(pair, chunk) {
    let passed = 0;
    for (; passed < chunk.length; ++passed) {
      pair.meter.take(chunk[passed]);
      if (pair.mode === 'cut' && pair.meter.bytes >= this.cutAt) break;
    }
    pair.upstream.write(chunk.subarray(0, passed));
    if (passed < chunk.length) this.breakOff(pair);
    if (pair.mode === 'swallow') this.watchForQuiet(pair);
  }

  /** The server must have the first half before the line breaks, or nothing would be in its hands. */
  breakOff(pair) {
    this.mode = 'down';
    pair.client.pause();
    setTimeout(() => {
      this.goDown();
      this.faultHappened();
    }, quiet_ms);
  }

  down(pair, chunk) {
    const inRequest = pair.meter.bytes > handshake_bytes_max;
    if (pair.mode === 'swallow' && inRequest) return this.watchForQuiet(pair);
    pair.client.write(chunk);
  }

  watchForQuiet(pair) {
    if (pair.meter.bytes <= handshake_bytes_max) return;
    clearTimeout(pair.quiet);
    pair.quiet = setTimeout(() => this.faultHappened(), quiet_ms);
  }

  drop(pair) {
    clearTimeout(pair.quiet);
    this.pairs.delete(pair);
    pair.client.destroy();
    pair.upstream.destroy();
  }

  dropAll() {
    for (const pair of this.pairs) this.drop(pair);
  }

  close() {
    this.dropAll();
    return new Promise((done) => this.listener.close(done));
  }
}
