// Something that answers in the server's place, with a certificate that the phone accepts: a broken proxy, a captive
// portal, a server of next year. It takes the certificate from the real server's data folder.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

export class FalseServer {
  /** answer(request, response): called once the request's body was read to its end. */
  static open(dataDir, answer) {
    const file = (name) => readFileSync(join(dataDir, name));
    const self = new FalseServer();
    self.requests = 0;
    self.listener = createServer({ cert: file('server.pem'), key: file('server.key') }, (request, response) => {
      self.requests += 1;
      request.resume();
      request.once('end', () => answer(request, response));
    });
    return new Promise((done) => self.listener.listen(0, '127.0.0.1', () => {
      self.port = self.listener.address().port;
      done(self);
    }));
  }

  close() {
    this.listener.closeAllConnections?.();
    return new Promise((done) => this.listener.close(done));
  }
}
