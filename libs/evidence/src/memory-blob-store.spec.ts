import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import { checkedContent } from './blob-store.ts';
import { chunked, describeBlobStoreContract, someBytes } from './blob-store.contract.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';

describeBlobStoreContract('MemoryBlobStore', async () => {
  const store = new MemoryBlobStore();
  return {
    store,
    tamper: async (digest, change) => store.tamper(digest, change),
    close: async () => undefined,
  };
});

describe('checked content', () => {
  const bytes = someBytes(1000);
  const gathered = () => {
    const chunks: Uint8Array[] = [];
    return {
      update: (chunk: Uint8Array) => chunks.push(chunk),
      digest: () => digestOf(Buffer.concat(chunks)),
    };
  };

  test('passes on every chunk but the last while the digest is still open', async () => {
    const content = checkedContent(digestOf(bytes), 1000, chunked(bytes, 400), gathered());
    const sizes: number[] = [];
    for await (const chunk of content) sizes.push(chunk.length);
    expect(sizes).toStrictEqual([400, 400, 200]);
  });

  test('stops at the first byte beyond the announced size', async () => {
    let asked = 0;
    async function* growing(): AsyncGenerator<Uint8Array> {
      for (;;) {
        asked += 1;
        yield bytes;
      }
    }
    const content = checkedContent(digestOf(bytes), 1000, growing(), gathered());
    await expect(content.next()).rejects.toMatchObject({ name: 'BlobCorrupt', found: null });
    expect(asked).toBe(2);
  });

  test('an empty chunk is no end', async () => {
    async function* gaps(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(0);
      yield bytes;
      yield new Uint8Array(0);
    }
    const content = checkedContent(digestOf(bytes), 1000, gaps(), gathered());
    expect(await content.next()).toStrictEqual({ done: false, value: bytes });
    expect(await content.next()).toStrictEqual({ done: true, value: undefined });
  });
});
