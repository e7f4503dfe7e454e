// Seeded choices: the same seed plays the same day again.

export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** mulberry32: 32 bits of state are plenty for the order of five phones. */
  next32() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(n) {
    return this.next32() % n;
  }

  /** A new array in another order (Fisher and Yates). */
  shuffled(items) {
    const order = [...items];
    for (let i = order.length - 1; i > 0; --i) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
