// What is attached in these tests: bytes that no two chunks of share, from a seed.
import { createHash, createCipheriv } from 'node:crypto';

export function content(seed, bytes) {
  const key = createHash('sha256').update(`attachment ${seed}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
