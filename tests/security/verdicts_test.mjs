// The rules of ./dev security, held against findings of every kind: each that is wrong is found, and sound ones pass.
//   node --test tests/security/verdicts_test.mjs
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { faultsOfCutting, faultsOfHolding } from './slow_clients.mjs';
import { faultsOf, required } from './tls_scan.mjs';

const soundTls = required.map((id) => ({ id, severity: 'OK', finding: /^TLS1_[23]$/.test(id) ? 'offered' : 'not offered' }));
const withTls = (id, severity, finding) => [...soundTls.filter((each) => each.id !== id), { id, severity, finding }];

describe('testssl.sh\'s findings', () => {
  const rows = [
    ['sound', soundTls, undefined],
    ['of our own authority', withTls('cert_revocation', 'HIGH', 'Neither CRL nor OCSP URI provided'), undefined],
    ['with a hint of low severity', withTls('x', 'LOW', 'y'), undefined],
    ['of a server with TLS 1.0', withTls('TLS1', 'LOW', 'offered (deprecated)'), /^TLS1: offered/],
    ['of a server with TLS 1.1', withTls('TLS1_1', 'LOW', 'offered (deprecated)'), /^TLS1_1: offered/],
    ['of a server with SSLv3', withTls('SSLv3', 'HIGH', 'offered'), /^SSLv3: offered/],
    ['of a server without TLS 1.3', withTls('TLS1_3', 'LOW', 'not offered'), /^TLS1_3: not offered/],
    ['of weak ciphers', withTls('cipherlist_EXPORT', 'HIGH', 'offered'), /^cipherlist_EXPORT \(HIGH\)/],
    ['of a medium vulnerability', withTls('LUCKY13', 'MEDIUM', 'VULNERABLE'), /^LUCKY13 \(MEDIUM\)/],
    ['of a critical one', withTls('heartbleed', 'CRITICAL', 'VULNERABLE'), /^heartbleed \(CRITICAL\)/],
    ['of a scan that could not connect', [{ id: 'scanProblem', severity: 'FATAL', finding: 'no connection' }], /FATAL|not looked at/],
    ['of a scan that broke off', soundTls.slice(0, 5), /was not looked at$/],
    ['none', [], /was not looked at$/],
  ];
  for (const [what, findings, fault] of rows)
    it(what, () => {
      const faults = faultsOf(findings);
      if (fault) assert.match(faults.join('\n'), fault);
      else assert.deepEqual(faults, []);
    });
});

describe('slow clients that stay', () => {
  const sound = { way: 'slow head', open: 5000, others: 100, failed: 0, slowest_ms: 9, rise: 0.2 }, calm = 'service available:   YES';
  const rows = [
    ['sound', {}, calm, undefined],
    ['fewer than were asked for', { open: 4899 }, calm, /only 4899 of 5000/],
    ['nobody asked anything', { others: 0 }, calm, /made no request/],
    ['a failed request', { failed: 1 }, calm, /1 of 100 requests of others failed/],
    ['requests that cost more', { rise: 0.201 }, calm, /costs 20 % more/],
    ['requests that were not measured', { rise: NaN }, calm, /more CPU/],
    ['a server that did not answer the probe', {}, 'service available:   NO', /out of service/],
  ];
  for (const [what, change, said, fault] of rows)
    it(what, () => {
      const faults = faultsOfHolding({ ...sound, ...change }, { connections: 5000, said });
      if (fault) assert.match(faults.join('\n'), fault);
      else assert.deepEqual(faults, []);
    });
});

describe('slow clients that are cut', () => {
  const sound = { way: 'slow head', most: 500, left: 0, ended_s: 12 };
  const rows = [
    ['sound', {}, '', undefined],
    ['none were there', { most: 0 }, '', /only 0 of 500/],
    ['the probes\' connections', { left: 10 }, '', undefined],
    ['one more is still held', { left: 11 }, '', /still holds 11 of them/],
    ['a server that did not answer the probe', {}, 'service available:   \x1b[1;31mNO\x1b[0m', /out of service/],
  ];
  for (const [what, change, said, fault] of rows)
    it(what, () => {
      const faults = faultsOfCutting({ ...sound, ...change }, { connections: 500, said });
      if (fault) assert.match(faults.join('\n'), fault);
      else assert.deepEqual(faults, []);
    });
});
