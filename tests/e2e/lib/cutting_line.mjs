// A line that breaks: a TCP proxy that lets each connection carry a seeded number of bytes up and then breaks it off,
// at times after the server had the bytes and before its answer is through.
import { connect, createServer } from 'node:net';

const answer_ms = 40; // so long the server has for what it got, when its answer is to be lost

export class CuttingLine {
  /** server: an object with a `port`, read anew at each connection. `bytes`: the least and the most of a connection. */
  static open(server, random, { bytes: [least, most] }) {
    const line = Object.assign(new CuttingLine(), { server, random, least, most, cuts: 0, pairs: new Set() });
    return new Promise((done, fail) => {
      line.listener = createServer((client) => line.carry(client));
      line.listener.once('error', fail);
      line.listener.listen(0, '127.0.0.1', () => done(line));
    });
  }

  get url() {
    return `https://127.0.0.1:${this.listener.address().port}`;
  }

  carry(client) {
    const upstream = connect(this.server.port, '127.0.0.1');
    const pair = {
      client, upstream, left: this.least + this.random.below(this.most - this.least),
      swallows: this.random.below(2) === 0,
    };
    this.pairs.add(pair);
    client.on('data', (chunk) => this.up(pair, chunk));
    upstream.on('data', (chunk) => pair.left > 0 && client.write(chunk));
    for (const socket of [client, upstream]) {
      socket.on('error', () => this.drop(pair));
      socket.once('close', () => this.drop(pair));
    }
  }

  up(pair, chunk) {
    if (chunk.length < pair.left) {
      pair.left -= chunk.length;
      if (!pair.upstream.write(chunk)) {
        pair.client.pause();
        pair.upstream.once('drain', () => pair.client.resume());
      }
      return;
    }
    pair.upstream.write(chunk.subarray(0, pair.left));
    pair.left = 0;
    pair.client.pause();
    this.cuts += 1;
    setTimeout(() => this.drop(pair), pair.swallows ? answer_ms : 0);
  }

  drop(pair) {
    this.pairs.delete(pair);
    pair.client.destroy();
    pair.upstream.destroy();
  }

  close() {
    for (const pair of this.pairs) this.drop(pair);
    return new Promise((done) => this.listener.close(done));
  }
}
