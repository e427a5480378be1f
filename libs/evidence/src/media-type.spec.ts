import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agreesWith, mediaTypes, sniffedBytes, sniffMediaType } from './media-type.ts';

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);

type Member = { name: string; content?: string; streamed?: boolean; extra?: number };

/** The front of a ZIP archive: local headers and stored contents, as APPNOTE.TXT 4.3.7 has them. */
function zip(...members: Member[]): Uint8Array {
  const parts = members.flatMap(({ name, content = '', streamed = false, extra = 0 }) => {
    const header = new DataView(new ArrayBuffer(30));
    header.setUint32(0, 0x04034b50, true);
    header.setUint16(6, streamed ? 8 : 0, true);
    header.setUint32(18, streamed ? 0 : content.length, true);
    header.setUint16(26, name.length, true);
    header.setUint16(28, extra, true);
    const descriptor = streamed ? bytes('PK\u0007\u0008            ') : new Uint8Array(0);
    return [
      new Uint8Array(header.buffer),
      bytes(name),
      new Uint8Array(extra),
      bytes(content),
      descriptor,
    ];
  });
  return Uint8Array.from(Buffer.concat(parts));
}

const sheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const text = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const ods = 'application/vnd.oasis.opendocument.spreadsheet';
const odt = 'application/vnd.oasis.opendocument.text';
const types = '[Content_Types].xml';
const workbook = { name: 'xl/workbook.xml' };

describe('what is accepted', () => {
  const accepted: [string, Uint8Array, string][] = [
    ['PDF', bytes('%PDF-1.7\n%\u00e2\u00e3'), 'application/pdf'],
    ['PDF 2.0', bytes('%PDF-2.0\r\n'), 'application/pdf'],
    ['PNG', bytes('\u0089PNG\r\n\u001a\n\0\0\0\rIHDR\0\0\0\u0001'), 'image/png'],
    ['JPEG', bytes('\u00ff\u00d8\u00ff\u00e0\0\u0010JFIF'), 'image/jpeg'],
    ['XLSX of Excel', zip({ name: types, extra: 520 }, { name: '_rels/.rels' }, workbook), sheet],
    ['XLSX of openpyxl', zip({ name: 'docProps/app.xml', content: 'x' }, workbook), sheet],
    ['XLSX of a stream', zip({ name: types, content: 'ab', streamed: true }, workbook), sheet],
    ['DOCX', zip({ name: types }, { name: '_rels/.rels' }, { name: 'word/document.xml' }), text],
    ['ODS', zip({ name: 'mimetype', content: ods }, { name: 'content.xml' }), ods],
    ['ODT', zip({ name: 'mimetype', content: odt }), odt],
    ['CSV', utf8('mã;tên;số\r\n1;"Sở; ban";2\r\n'), 'text/csv'],
    ['CSV with a byte order mark', utf8('\ufeffa,b\n1,2\n'), 'text/csv'],
    ['CSV beyond the head', utf8('a\tb\n'.repeat(2000)), 'text/csv'],
    ['JSON', utf8(' {"a": [1]}'), 'application/json'],
    ['JSON beyond the head', utf8(`[${'"số",'.repeat(2000)}1]`), 'application/json'],
    ['plain text', utf8('Biên bản họp.\n\tMục 1, 2\n'), 'text/plain'],
    ['text like JSON that is none', utf8('["mục 1" là tiêu đề'), 'text/plain'],
    ['a character cut by the head', utf8(`${'a'.repeat(sniffedBytes - 1)}ế rest`), 'text/plain'],
  ];
  test.each(accepted)('%s', (_, content, type) => {
    expect(sniffMediaType(content)).toBe(type);
    expect(mediaTypes).toContain(type);
  });
});

describe('what is refused', () => {
  const refused: [string, Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['HTML', utf8('<!DOCTYPE html><p>')],
    ['HTML after a byte order mark and spaces', utf8('\ufeff \n<html>')],
    ['HTML behind words', utf8('Báo cáo\n<script>alert(1)</script>')],
    ['SVG', utf8('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">')],
    ['other XML', utf8('<HDon><TTChung/></HDon>')],
    ['markup inside JSON', utf8('{"a": "<iframe src=x>"}')],
    ['a PDF that begins later', bytes('junk %PDF-1.7\n').fill(0, 0, 4)],
    ['a PDF of no version', bytes('%PDF-x.y\n')],
    ['a program', bytes('\u007fELF\u0002\u0001')],
    ['an old Office file', bytes('\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1')],
    ['UTF-16', bytes('\u00ff\u00fea\0b\0')],
    ['windows-1258', bytes('S\u00f4\u00ec li\u00ea\u00f2u')],
    ['text with a NUL', utf8('a\0b')],
    ['a broken character where the file ends', utf8('ế').slice(0, 2)],
    ['any ZIP', zip({ name: 'figures.csv' })],
    ['an empty ZIP', bytes('PK\u0005\u0006')],
    ['a JAR', zip({ name: 'META-INF/MANIFEST.MF' }, workbook)],
    ['a presentation', zip({ name: types }, { name: 'ppt/presentation.xml' })],
    ['a file of two kinds', zip({ name: 'xl/a' }, { name: 'word/a' })],
    ['another OpenDocument', zip({ name: 'mimetype', content: odt.replace('text', 'graphics') })],
    ['an EPUB', zip({ name: 'mimetype', content: 'application/epub+zip' })],
    ['a mimetype that is not first', zip({ name: 'a' }, { name: 'mimetype', content: odt })],
    ['a ZIP cut off in its first header', zip({ name: types }).slice(0, 35)],
    ['no kind within the head', zip({ name: types, content: 'x'.repeat(5000) }, workbook)],
  ];
  test.each(refused)('%s', (_, content) => {
    expect(sniffMediaType(content)).toBeUndefined();
  });

  test('nothing makes the look fail, and only the head is looked at', () => {
    const starts = ['', 'PK\u0003\u0004', '%PDF-', '{', 'a,b\n'].map((start) => bytes(start));
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 6000 }), (start, rest) => {
        const whole = Uint8Array.from([...start, ...rest]);
        const type = sniffMediaType(whole);
        expect(type === undefined || mediaTypes.includes(type)).toBe(true);
        if (whole.length < sniffedBytes) return;
        const other = Uint8Array.from([...whole.slice(0, sniffedBytes), 0, 60]);
        expect(sniffMediaType(other)).toBe(type);
      }),
    );
  });
});

describe('a declared type', () => {
  test.each(mediaTypes)('%s agrees with itself, with parameters and capitals too', (type) => {
    expect(agreesWith(type, type)).toBe(true);
    expect(agreesWith(`${type.toUpperCase()} ; charset=utf-8`, type)).toBe(true);
  });

  test('of texts may be the plainer one', () => {
    expect(agreesWith('text/plain', 'text/csv')).toBe(true);
    expect(agreesWith('text/plain', 'application/json')).toBe(true);
    expect(agreesWith('text/csv', 'text/plain')).toBe(true);
  });

  test.each([
    ['text/plain', 'application/pdf'],
    ['application/pdf', 'text/plain'],
    ['application/json', 'text/plain'],
    ['text/csv', 'application/json'],
    ['application/octet-stream', 'application/pdf'],
    ['', 'text/plain'],
    [sheet, text],
  ] as const)('%s does not stand for %s', (declared, sniffed) => {
    expect(agreesWith(declared, sniffed)).toBe(false);
  });
});
