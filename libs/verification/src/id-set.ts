/** Of a run of taken slots no more are looked at: what finds no room in so many goes to the trie. */
const probesMax = 32;

/**
 * Ids that were seen, exactly and without an object for each: a UUID is four numbers in a table with
 * open addressing. 27 to 43 bytes an id, which is all of the judge's memory that grows with a log.
 *
 * Whoever writes a log chooses its ids, and could choose them to fall upon one place of the table: of
 * a million such each would be compared with all before it. No secret helps against one who may know
 * it, and nothing that is drawn from the log does, since who serves entries need not have signed them. So a
 * run has a bound, and what is beyond it is kept where no choice of ids is worse than another.
 */
export class IdSet {
  private slots = new Uint32Array(4 * 1_024);
  private beyond = new IdTrie();
  private count = 0;
  private hasZero = false;
  private probed = 0;

  /** So many slots and nodes were looked at until now: the cost of all additions, without a clock. */
  get steps(): number {
    return this.probed + this.beyond.steps;
  }

  /** Adds a UUID in the form of RFC 9562. False if it was there. */
  add(uuid: string): boolean {
    const words = wordsOf(uuid);
    if (isZero(words, 0)) {
      const isNew = !this.hasZero;
      this.hasZero = true;
      return isNew;
    }
    if (this.count * 5 >= (this.slots.length / 4) * 3) this.grow();
    return this.put(words);
  }

  /** All four numbers zero marks a free slot. False if the id is there already. */
  private put(words: Uint32Array): boolean {
    // As an unsigned number: a mask of 32 bits would else make places below zero.
    const mask = this.slots.length / 4 - 1;
    let place = (mixed(words) & mask) >>> 0;
    for (let tries = 0; tries < probesMax; tries += 1) {
      const slot = place * 4;
      this.probed += 1;
      if (isZero(this.slots, slot)) {
        this.slots.set(words, slot);
        this.count += 1;
        return true;
      }
      if (isSame(this.slots, slot, words)) return false;
      place = ((place + 1) & mask) >>> 0;
    }
    // Nothing is ever taken out: these slots stay taken, and lead here again.
    return this.beyond.add(words);
  }

  private grow(): void {
    const [smaller, before] = [this.slots, this.beyond];
    this.slots = new Uint32Array(smaller.length * 2);
    this.beyond = new IdTrie(before.steps);
    this.count = 0;
    for (let slot = 0; slot < smaller.length; slot += 4) {
      if (!isZero(smaller, slot)) this.put(smaller.subarray(slot, slot + 4));
    }
    for (const words of before.all()) this.put(words);
  }
}

const nodeFields = 3;

/**
 * A crit-bit tree (Bernstein 2004) of ids: each node asks for the first bit in which those on its left
 * differ from those on its right. At most 128 nodes lie above an id, whatever the ids are.
 */
class IdTrie {
  private ids = new Uint32Array(4 * 16);
  /** The bit that a node asks for, and what it refers to for 0 and 1: a node, or an id if odd. */
  private nodes = new Uint32Array(nodeFields * 16);
  private count = 0;
  private root = 1;
  private walked: number;

  constructor(steps = 0) {
    this.walked = steps;
  }

  get steps(): number {
    return this.walked;
  }

  /** False if the id is there already. */
  add(words: Uint32Array): boolean {
    if (this.count === 0) {
      this.ids.set(words);
      this.count = 1;
      return true;
    }
    const bit = this.firstDifference(words);
    if (bit === undefined) return false;
    if ((this.count + 1) * 4 > this.ids.length) {
      this.ids = doubled(this.ids);
      this.nodes = doubled(this.nodes);
    }
    this.ids.set(words, this.count * 4);
    this.insert(bit, words);
    this.count += 1;
    return true;
  }

  *all(): Generator<Uint32Array> {
    for (let at = 0; at < this.count * 4; at += 4) yield this.ids.subarray(at, at + 4);
  }

  /** In which bit an id differs from the one here that shares the most with it. */
  private firstDifference(words: Uint32Array): number | undefined {
    let reference = this.root;
    while (reference % 2 === 0) reference = this.nodes[this.next(reference, words)] as number;
    const id = ((reference - 1) / 2) * 4;
    for (let word = 0; word < 4; word += 1) {
      const difference = ((this.ids[id + word] as number) ^ (words[word] as number)) >>> 0;
      if (difference !== 0) return word * 32 + Math.clz32(difference);
    }
    return undefined;
  }

  /** Puts a node above the first one that asks for a later bit. */
  private insert(bit: number, words: Uint32Array): void {
    const node = (this.count - 1) * nodeFields;
    const isRight = bitOf(words, bit);
    let above: number | undefined;
    let reference = this.root;
    while (reference % 2 === 0 && (this.nodes[(reference / 2) * nodeFields] as number) < bit) {
      above = this.next(reference, words);
      reference = this.nodes[above] as number;
    }
    this.nodes[node] = bit;
    this.nodes[node + 1 + isRight] = this.count * 2 + 1;
    this.nodes[node + 2 - isRight] = reference;
    if (above === undefined) this.root = (this.count - 1) * 2;
    else this.nodes[above] = (this.count - 1) * 2;
  }

  /** Where it stands what a node refers to for an id. */
  private next(reference: number, words: Uint32Array): number {
    this.walked += 1;
    const node = (reference / 2) * nodeFields;
    return node + 1 + bitOf(words, this.nodes[node] as number);
  }
}

function doubled(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}

/** Bit 0 is the highest of the first word. */
function bitOf(words: Uint32Array, bit: number): number {
  return ((words[bit >>> 5] as number) >>> (31 - (bit & 31))) & 1;
}

function wordsOf(uuid: string): Uint32Array {
  const words = new Uint32Array(4);
  let digits = 0;
  for (let at = 0; at < uuid.length && digits < 32; at += 1) {
    const digit = digitOf(uuid.charCodeAt(at));
    if (digit === undefined) continue;
    const word = digits >> 3;
    words[word] = ((words[word] as number) << 4) | digit;
    digits += 1;
  }
  return words;
}

function digitOf(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x61 + 10 : undefined;
}

/**
 * 32 bits of all four words, so that ids which share a part (a time, a counter) still spread: the rounds
 * and the end of MurmurHash3.
 */
function mixed(words: Uint32Array): number {
  let hash = 0;
  for (let at = 0; at < 4; at += 1) {
    const word = Math.imul(words[at] as number, 0xcc9e2d51);
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function isZero(slots: Uint32Array, slot: number): boolean {
  return (
    slots[slot] === 0 && slots[slot + 1] === 0 && slots[slot + 2] === 0 && slots[slot + 3] === 0
  );
}

function isSame(slots: Uint32Array, slot: number, words: Uint32Array): boolean {
  for (let at = 0; at < 4; at += 1) if (slots[slot + at] !== words[at]) return false;
  return true;
}
