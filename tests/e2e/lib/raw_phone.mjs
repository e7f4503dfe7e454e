// What a phone signs to be enrolled and let in, written down a second time (core/model/device_proof.cpp): for requests
// that the real client never makes.
import { createHash, createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';

import { varint } from './frames.mjs';

const sized = (bytes) => Buffer.concat([varint(Buffer.from(bytes).length), Buffer.from(bytes)]);
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const bytes = (hex) => Buffer.from(hex, 'hex');

export class RawPhone {
  /** pem: of a phone that there is, with its replica; without it a new one. */
  constructor({ pem, replica = randomBytes(16).toString('hex') } = {}) {
    this.privateKey = pem ? createPrivateKey(pem) : generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    // The point is the end of the SPKI.
    this.publicKey = createPublicKey(this.privateKey).export({ type: 'spki', format: 'der' }).subarray(-65);
    this.replica = replica;
    this.nonce = randomBytes(32);
  }

  signed(statement) {
    return sign('sha256', statement, this.privateKey).toString('hex');
  }

  get commitment() {
    return sha256(sized('doorstep enrolment commitment 1'), sized(this.publicKey), bytes(this.replica), this.nonce).toString('hex');
  }

  /** The body that proves the key, once the server has told its nonce. */
  proofOfEnrolment(code, serverNonce) {
    const statement = Buffer.concat([sized('doorstep enrolment 1'), sized(code), bytes(this.replica), sized(this.publicKey),
      this.nonce, bytes(serverNonce)]);
    return { code, replica: this.replica, public_key: this.publicKey.toString('hex'), phone_nonce: this.nonce.toString('hex'),
      signature: this.signed(statement) };
  }

  /** What the phone shows. ca: the authority that it trusts, PEM. */
  digits(code, serverNonce, ca) {
    const message = Buffer.concat([sized('doorstep enrolment digits 1'), sha256(new X509Certificate(ca).raw), bytes(this.replica),
      sized(this.publicKey), this.nonce, bytes(serverNonce)]);
    const tag = createHmac('sha256', code).update(message).digest();
    return String(tag.readBigUInt64BE() % 1_000_000n).padStart(6, '0');
  }

  /** The body that asks for a token ('doorstep access 1'), or makes the key known ('doorstep device key 1'). */
  proof(serverNonce, domain = 'doorstep access 1') {
    const statement = Buffer.concat([sized(domain), sized(this.publicKey), bytes(this.replica), sized(bytes(serverNonce))]);
    return { replica: this.replica, public_key: this.publicKey.toString('hex'), nonce: serverNonce,
      signature: this.signed(statement) };
  }
}
