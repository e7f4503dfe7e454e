// A phone's ear: the WebSocket on which the server says that something changed (docs/wake-protocol.md).
import WebSocket from 'ws';

export const wakeProtocol = 'doorstep.wake.v1';

export class WakeSocket {
  /** Resolves when it is open; rejects with { status } when the server answers something else. */
  static open(server, token, { protocol = wakeProtocol } = {}) {
    const url = `${server.url.replace('https', 'wss')}/api/v1/wake`;
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const socket = new WebSocket(url, protocol, { ca: server.ca, headers });
    const wake = new WakeSocket(socket);
    return new Promise((done, fail) => {
      socket.once('open', () => done(wake));
      socket.once('unexpected-response', (_, response) => {
        fail(Object.assign(new Error(`HTTP ${response.statusCode}`), { status: response.statusCode }));
        socket.terminate();
      });
      socket.once('error', fail);
    });
  }

  constructor(socket) {
    this.socket = socket;
    this.messages = []; // those that nobody has awaited yet: { text, at }, in milliseconds of performance.now()
    this.waiting = undefined;
    socket.on('message', (data) => {
      const message = { text: data.toString('utf8'), at: performance.now() };
      if (this.waiting) this.waiting(message);
      else this.messages.push(message);
      this.waiting = undefined;
    });
    this.closed = new Promise((done) =>
      socket.once('close', (code, reason) => done({ code, reason: reason.toString('utf8') })));
    socket.on('error', () => {}); // what follows is `close`
  }

  /** The next message, { text, at }; rejects after the time. */
  next(timeoutMs = 10_000) {
    if (this.messages.length > 0) return Promise.resolve(this.messages.shift());
    return new Promise((done, fail) => {
      const deadline = setTimeout(() => fail(new Error(`not woken in ${timeoutMs} ms`)), timeoutMs);
      this.waiting = (message) => (clearTimeout(deadline), done(message));
    });
  }

  /** Ends it; resolves with how. */
  close() {
    this.socket.close(1000);
    return this.closed;
  }
}
