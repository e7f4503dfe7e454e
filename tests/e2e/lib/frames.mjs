// The wire format of core/sync/frame.hpp, written down a second time: for requests that the real client never makes.

const table = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let i = 0; i < 8; ++i) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (Castagnoli); of "123456789": e3069283. */
export function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

export const kinds = { hello: 1, push: 2, pull: 3, welcome: 0x81, refused: 0x85 };

export function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** kind, length, checksum (the kind is folded into it), payload. */
export function frame(kind, payload, { checksum } = {}) {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((checksum ?? crc32c(payload) ^ Math.imul(kind, 0x01010101)) >>> 0);
  return Buffer.concat([Buffer.from([kind]), varint(payload.length), sum, payload]);
}

/** A phone's first words: nothing saved yet, no server met yet. */
export function hello(replica, { protocol = [1, 1] } = {}) {
  const zeros = (n) => Buffer.alloc(n);
  const [from, to] = protocol;
  return frame(kinds.hello, Buffer.concat([varint(from), varint(to), varint(1), Buffer.from(replica, 'hex'),
    varint(0), varint(0), zeros(8), zeros(16)]));
}

/** The error number of a REFUSED frame that ends a message, or undefined. */
export function refusalIn(message) {
  for (let at = 0; at + 6 <= message.length;) {
    const kind = message[at];
    let [size, next] = readVarint(message, at + 1);
    next += 4;
    if (kind === kinds.refused) return readVarint(message, next)[0];
    at = next + size;
  }
  return undefined;
}

function readVarint(bytes, at) {
  let value = 0, scale = 1;
  for (; at < bytes.length; scale *= 128) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  return [value, at];
}
