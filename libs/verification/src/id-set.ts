/**
 * Ids that were seen, exactly and without an object for each: a UUID is four numbers in a table with
 * open addressing. 27 to 43 bytes an id, which is all of the judge's memory that grows with a log.
 */
export class IdSet {
  private slots = new Uint32Array(4 * 1_024);
  private count = 0;
  private hasZero = false;

  /** Adds a UUID in the form of RFC 9562. False if it was there. */
  add(uuid: string): boolean {
    const words = wordsOf(uuid);
    if (words.every((word) => word === 0)) {
      const isNew = !this.hasZero;
      this.hasZero = true;
      return isNew;
    }
    if (this.count * 5 >= (this.slots.length / 4) * 3) this.grow();
    const isNew = put(this.slots, words);
    if (isNew) this.count += 1;
    return isNew;
  }

  private grow(): void {
    const larger = new Uint32Array(this.slots.length * 2);
    for (let slot = 0; slot < this.slots.length; slot += 4) {
      const words = this.slots.subarray(slot, slot + 4);
      if (words.some((word) => word !== 0)) put(larger, words);
    }
    this.slots = larger;
  }
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

/** All four numbers zero marks a free slot. False if the id is there already. */
function put(slots: Uint32Array, words: Uint32Array): boolean {
  const mask = slots.length / 4 - 1;
  // Ids are digests: any part of one is as good as a hash of it. A liar only makes this slow.
  let place = (words[0] as number) & mask;
  for (;;) {
    const slot = place * 4;
    let isFree = true;
    let isSame = true;
    for (let at = 0; at < 4; at += 1) {
      if (slots[slot + at] !== 0) isFree = false;
      if (slots[slot + at] !== words[at]) isSame = false;
    }
    if (isSame) return false;
    if (isFree) {
      slots.set(words, slot);
      return true;
    }
    place = (place + 1) & mask;
  }
}
