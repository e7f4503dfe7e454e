// One HTTPS request with a stated authority: what the office's browser and the hostile clients of the tests need.
import { request as httpsRequest } from 'node:https';

/** { status, headers, body } with the body as bytes. Rejects when there was no answer. */
export function request(url, { ca, method = 'GET', headers = {}, body, timeoutMs = 20_000 } = {}) {
  return new Promise((done, fail) => {
    const payload = body === undefined ? undefined : Buffer.from(body);
    const options = { method, ca, agent: false, headers: { ...headers } };
    if (payload) options.headers['content-length'] = payload.length;
    const ask = httpsRequest(url, options, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.once('error', fail);
      answer.once('end', () =>
        done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    ask.setTimeout(timeoutMs, () => ask.destroy(new Error(`no answer from ${url} in ${timeoutMs} ms`)));
    ask.once('error', fail);
    ask.end(payload);
  });
}
