/**
 * Names of the first members of a ZIP archive, read from its local file headers (APPNOTE.TXT 4.3.7)
 * within a head of the file. Nothing is unpacked, so no archive can do harm here.
 */

export type ZipMember = {
  readonly name: string;
  /** The bytes of a member stored without compression, as far as they lie in the head. */
  readonly stored: Uint8Array | null;
};

const headerBytes = 30;
const usesDataDescriptor = 0x0008;

/** Members whose header lies wholly in `head`, in file order; none when it is not a ZIP archive. */
export function zipMembers(head: Uint8Array): ZipMember[] {
  const members: ZipMember[] = [];
  let at = isHeader(head, 0) ? 0 : -1;
  while (at >= 0 && at + headerBytes <= head.length) {
    const view = new DataView(head.buffer, head.byteOffset + at, headerBytes);
    const flags = view.getUint16(6, true);
    const method = view.getUint16(8, true);
    const sizeBytes = view.getUint32(18, true);
    const nameAt = at + headerBytes;
    const contentAt = nameAt + view.getUint16(26, true) + view.getUint16(28, true);
    const nameEnd = nameAt + view.getUint16(26, true);
    if (nameEnd > head.length) break;
    const name = new TextDecoder().decode(head.subarray(nameAt, nameEnd));
    const sized = (flags & usesDataDescriptor) === 0;
    const end = contentAt + sizeBytes;
    members.push({ name, stored: method === 0 && sized ? head.subarray(contentAt, end) : null });
    // Written as a stream, the size follows the content: the next signature is looked for instead.
    at = sized ? (isHeader(head, end) ? end : -1) : nextHeader(head, contentAt);
  }
  return members;
}

function nextHeader(head: Uint8Array, from: number): number {
  for (let at = from; at + 4 <= head.length; at += 1) if (isHeader(head, at)) return at;
  return -1;
}

function isHeader(head: Uint8Array, at: number): boolean {
  return head[at] === 0x50 && head[at + 1] === 0x4b && head[at + 2] === 3 && head[at + 3] === 4;
}
