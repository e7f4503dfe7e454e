// Somebody at the office, with a browser and an authenticator app: sets a password, logs in, reads pages, and settles a
// conflict by the button on the page.
import { randomBytes } from 'node:crypto';

import { formsOf, linksOf, textOf } from './html.mjs';
import { request } from './https.mjs';
import { codeOf, fromBase32 } from './totp.mjs';

const pages_max = 200;

export class Office {
  constructor(server) {
    this.server = server;
    this.cookie = '';
  }

  async fetch(path, options = {}) {
    const headers = { ...(this.cookie && { cookie: this.cookie }), ...options.headers };
    return request(new URL(path, this.server.url), { ca: this.server.ca, ...options, headers });
  }

  post(path, fields) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: this.server.url };
    return this.fetch(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
  }

  /** Makes the invited account its own. Returns what it signs in with: { name, password, secret }. */
  async activate({ name, invitation }) {
    const password = randomBytes(12).toString('hex');
    const answer = await this.post('/office/activate', { name, token: invitation, password });
    const shown = /<code>([A-Z2-7]+)<\/code>/.exec(answer.body.toString('utf8'));
    if (answer.status !== 200 || !shown) throw new Error(`the account could not be activated: HTTP ${answer.status}`);
    return { name, password, secret: shown[1] };
  }

  async login({ name, password, secret }) {
    const code = codeOf(fromBase32(secret), Date.now());
    const answer = await this.post('/office/login', { name, password, code });
    const cookie = /__Host-session=[^;]+/.exec(String(answer.headers['set-cookie'] ?? ''));
    if (answer.status !== 303 || !cookie) throw new Error(`the office could not log in: HTTP ${answer.status}`);
    this.cookie = cookie[0];
  }

  async page(path = '/office') {
    const answer = await this.fetch(path);
    if (answer.status !== 200) throw new Error(`GET ${path}: HTTP ${answer.status}`);
    return answer.body.toString('utf8');
  }

  /** The text of the office's page and of every page that it links to below /office, each shown for handling. */
  async everythingReadable() {
    const seen = new Set(['/office']), waiting = ['/office'];
    let text = '';
    while (waiting.length > 0) {
      const path = waiting.shift(), html = await this.page(path);
      text += textOf(html) + textOf(await this.revealed(html)) + '\n';
      for (const next of officeLinks(html, new URL(path, this.server.url), seen)) {
        if (seen.size >= pages_max) break;
        seen.add(next);
        waiting.push(next);
      }
    }
    return text;
  }

  /** What the page's button shows that is masked on it; "" without one. */
  async revealed(html) {
    const form = formsOf(html).find(({ action, fields }) =>
      action === '/office/reveal' && Object.fromEntries(fields).purpose === 'handling');
    if (!form) return '';
    const answer = await this.post(form.action, form.fields);
    if (answer.status !== 200) throw new Error(`POST ${form.action}: HTTP ${answer.status}`);
    return answer.body.toString('utf8');
  }

  /** The buttons of all open conflicts: [{ conflict, words, fields }], with the words that stand above each button. */
  async openChoices() {
    const forms = formsOf(await this.page()).filter((form) => form.action.endsWith('/office/resolve'));
    return forms.map(({ fields, words }) => {
      const { record, field } = Object.fromEntries(fields);
      return { conflict: `${record} ${field}`, words, fields };
    });
  }

  /** Presses the button of one alternative. */
  async choose({ fields }) {
    const answer = await this.post('/office/resolve', fields);
    const said = textOf(answer.body.toString('utf8')).trim();
    if (answer.status !== 303) throw new Error(`the office could not decide: HTTP ${answer.status} ${said}`);
  }
}

function officeLinks(html, base, seen) {
  const urls = linksOf(html).map((href) => new URL(href, base)).filter((url) => url.origin === base.origin);
  const paths = new Set(urls.map((url) => url.pathname + url.search));
  return [...paths].filter((path) => path.startsWith('/office') && !path.includes('logout') && !seen.has(path));
}
