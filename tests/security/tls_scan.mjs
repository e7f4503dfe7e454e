// What testssl.sh finds out about a server's TLS, and what of it is a failure.
import { readFileSync, rmSync } from 'node:fs';

import { run } from '../e2e/lib/program.mjs';

/** What a run must have looked at: a scan that broke off, or a later testssl.sh that asks less, passes nothing. */
export const required = ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1', 'TLS1_2', 'TLS1_3', 'cipherlist_NULL', 'cipherlist_aNULL',
  'cipherlist_EXPORT', 'PFS', 'cert_keySize', 'heartbleed', 'CCS', 'ticketbleed', 'ROBOT', 'secure_renego',
  'secure_client_renego', 'CRIME_TLS', 'BREACH', 'POODLE_SSL', 'SWEET32', 'FREAK', 'DROWN', 'LOGJAM', 'BEAST', 'LUCKY13',
  'RC4'];
const tooOld = ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1'], offered = ['TLS1_2', 'TLS1_3'];
const grave = ['MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'];

/** An authority of our own, which the phones pin, answers no questions about revoked certificates. */
const expected = ['cert_revocation'];

/** findings: testssl.sh's flat JSON. Returns what is wrong, a sentence each; empty when nothing is. */
export function faultsOf(findings) {
  const by = (id) => findings.filter((each) => each.id === id || each.id.startsWith(`${id} <`));
  const faults = [];
  for (const id of required) if (by(id).length === 0) faults.push(`${id} was not looked at`);
  for (const id of tooOld)
    for (const { finding } of by(id)) if (!/^not offered/.test(finding)) faults.push(`${id}: ${finding}`);
  for (const id of offered)
    for (const { finding } of by(id)) if (!/^offered/.test(finding)) faults.push(`${id}: ${finding}`);
  for (const { id, severity, finding } of findings)
    if (grave.includes(severity) && !expected.includes(id.replace(/ <.*/, '')) && !tooOld.includes(id))
      faults.push(`${id} (${severity}): ${finding}`);
  return faults;
}

/** Scans host:port and returns its findings. `ca`: file of the authority that the server's certificate is of. */
export async function scan(port, { ca, file }) {
  rmSync(file, { force: true });
  const trusting = ca ? ['--add-ca', ca] : [];
  const result = await run('testssl', ['--quiet', '--color', '0', '--warnings', 'off', '--nodns', 'none', ...trusting,
    '-p', '-s', '-f', '-S', '-P', '-U', '--jsonfile', file, `https://127.0.0.1:${port}`], { timeoutMs: 900_000 });
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`testssl.sh wrote no findings; it said:\n${result.stdout}${result.stderr}`);
  }
}
