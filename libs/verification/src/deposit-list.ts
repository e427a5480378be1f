import { bareHex, digestFromHex, hex } from '#kernel';
import type { Digest } from '#kernel';

/** One entry that says that a file was handed in. */
export type Deposit = {
  /** Leaf index of the entry. */
  readonly index: number;
  readonly revision: number;
  readonly sizeBytes: number;
};

/** A file with every entry that says it was handed in, in the order of the log. */
export type DepositedFile = {
  readonly evidence: Digest;
  readonly deposits: readonly [Deposit, ...Deposit[]];
};

const digestBytes = 32;

/**
 * Which files the log says were handed in: side by side in plain bytes, for there may be millions,
 * and no set of digests cut short, of which somebody could make two alike. 60 to 120 bytes a deposit.
 */
export class DepositList {
  private digests = new Uint8Array(64 * digestBytes);
  private numbers = new Float64Array(64 * 3);
  private count = 0;
  private order: Uint32Array | undefined;

  add(evidence: Digest, { index, revision, sizeBytes }: Deposit): void {
    if (this.count * 3 === this.numbers.length) this.grow();
    const text = bareHex(evidence);
    for (let at = 0; at < digestBytes; at += 1) {
      this.digests[this.count * digestBytes + at] = byteAt(text, at);
    }
    this.numbers.set([index, revision, sizeBytes], this.count * 3);
    this.count += 1;
    this.order = undefined;
  }

  /** How many entries there are, several of one file counted each. */
  get size(): number {
    return this.count;
  }

  /** Each file once, in the order of their digests. */
  *files(): Generator<DepositedFile> {
    const order = this.sorted();
    for (let from = 0; from < order.length;) {
      const first = order[from] as number;
      const deposits: [Deposit, ...Deposit[]] = [this.depositAt(first)];
      for (from += 1; from < order.length; from += 1) {
        const next = order[from] as number;
        if (this.compare(first, next) !== 0) break;
        deposits.push(this.depositAt(next));
      }
      yield { evidence: this.digestAt(first), deposits };
    }
  }

  has(evidence: Digest): boolean {
    const order = this.sorted();
    const wanted = bareHex(evidence);
    let [from, to] = [0, order.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const there = bareHex(this.digestAt(order[middle] as number));
      if (there === wanted) return true;
      if (there < wanted) from = middle + 1;
      else to = middle;
    }
    return false;
  }

  private depositAt(place: number): Deposit {
    const [index, revision, sizeBytes] = this.numbers.subarray(place * 3, place * 3 + 3);
    return { index, revision, sizeBytes } as Deposit;
  }

  private digestAt(place: number): Digest {
    const bytes = this.digests.subarray(place * digestBytes, (place + 1) * digestBytes);
    return digestFromHex(hex(bytes)) as Digest;
  }

  private sorted(): Uint32Array {
    this.order ??= Uint32Array.from({ length: this.count }, (_, place) => place).sort(
      (left, right) => this.compare(left, right) || left - right,
    );
    return this.order;
  }

  private compare(left: number, right: number): number {
    for (let at = 0; at < digestBytes; at += 1) {
      const one = this.digests[left * digestBytes + at] as number;
      const other = this.digests[right * digestBytes + at] as number;
      if (one !== other) return one - other;
    }
    return 0;
  }

  private grow(): void {
    const { digests, numbers } = this;
    this.digests = new Uint8Array(digests.length * 2);
    this.digests.set(digests);
    this.numbers = new Float64Array(numbers.length * 2);
    this.numbers.set(numbers);
  }
}

const hexDigits = '0123456789abcdef';

function byteAt(text: string, at: number): number {
  return hexDigits.indexOf(text.charAt(2 * at)) * 16 + hexDigits.indexOf(text.charAt(2 * at + 1));
}
