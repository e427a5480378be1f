import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import { chunked, someBytes } from './blob-store.contract.ts';
import { BlobDigestMismatch } from './blob-store.ts';
import type { UploadArea } from './upload-area.ts';

export type UploadAreaUnderTest = {
  readonly area: UploadArea;
  readonly close: () => Promise<void>;
};

const roomy = { sizeBytesMax: 1_000_000 };
const finance = 'son_la.so_tc';
const science = 'son_la.so_khcn';

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
}

/** Every promise of the port as a named case. Run on the adapter and on the fake. */
export function describeUploadAreaContract(
  name: string,
  make: () => Promise<UploadAreaUnderTest>,
): void {
  describe(`${name} keeps the contract of UploadArea`, () => {
    let under: UploadAreaUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.close());
    const bytes = someBytes(70_000);
    const digest = digestOf(bytes);

    test('an upload waits for its agency, byte for byte, and for no other', async () => {
      const { area } = under;
      const put = await area.put(finance, digest, chunked(bytes), roomy);
      expect(put).toMatchObject({ digest, sizeBytes: bytes.length, alreadyThere: false });
      const file = await area.file(finance, digest);
      expect(file?.sizeBytes).toBe(bytes.length);
      expect(await bytesOf(file!.content())).toStrictEqual(bytes);
      expect(await area.file(science, digest)).toBeUndefined();
      // Each agency's own uploads are all that an answer tells of.
      expect((await area.put(science, digest, chunked(bytes), roomy)).alreadyThere).toBe(false);
      expect((await area.put(finance, digest, chunked(bytes), roomy)).alreadyThere).toBe(true);
    });

    test('what is removed is gone, as often as one likes, and can be handed in again', async () => {
      const { area } = under;
      await area.put(finance, digest, chunked(bytes), roomy);
      await area.put(science, digest, chunked(bytes), roomy);
      await area.remove(finance, digest);
      await area.remove(finance, digest);
      expect(await area.file(finance, digest)).toBeUndefined();
      expect((await area.held()).map(({ agency }) => agency)).toStrictEqual([science]);
      expect((await area.put(finance, digest, chunked(bytes), roomy)).alreadyThere).toBe(false);
    });

    test('what waits is listed with its size', async () => {
      const { area } = under;
      expect(await area.held()).toStrictEqual([]);
      await area.put(finance, digest, chunked(bytes), roomy);
      expect(await area.held()).toStrictEqual([
        { agency: finance, digest, sizeBytes: bytes.length, since: expect.any(String) },
      ]);
    });

    test('nothing is kept of content that is not what it was said to be', async () => {
      const { area } = under;
      const other = digestOf('something else');
      await expect(area.put(finance, other, chunked(bytes), roomy)).rejects.toThrow(
        BlobDigestMismatch,
      );
      expect(await area.held()).toStrictEqual([]);
    });
  });
}
