import { ApiProperty } from '@nestjs/swagger';
import type { MediaType } from '#evidence';
import { bareHex } from '#kernel';
import type { Digest } from '#kernel';

/** What handing in bytes answers. */
export class ContentBody {
  @ApiProperty({ example: `sha256:${'0'.repeat(64)}` }) digest: string;
  @ApiProperty({ type: 'integer', example: 48_213 }) sizeBytes: number;
  @ApiProperty({ description: 'As told by the first bytes', example: 'application/pdf' })
  mediaType: string;
}

const extensions: Readonly<Record<MediaType, string>> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/json': 'json',
  'text/csv': 'csv',
  'text/plain': 'txt',
};

/**
 * The name under which a file is saved: what a digest begins with, and the extension by which the
 * reader's programs know it. Never the name it once had, which is what its sender says.
 */
export function fileName(evidence: Digest, mediaType: string): string {
  const extension = Object.hasOwn(extensions, mediaType)
    ? extensions[mediaType as MediaType]
    : 'bin';
  return `${bareHex(evidence).slice(0, 12)}.${extension}`;
}
