import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, FsckReport } from '#verification';
import type { Compared } from './fsck-stores.ts';
import { showFindings, showVerdict } from './judge-report.ts';
import type { Say, Terminal } from './terminal.ts';

/** A part that nobody asked to be looked at, and the option that said so. */
export type LeftOut = { readonly part: keyof Compared; readonly option: string };

export type ReportOptions = {
  readonly report: FsckReport;
  readonly compared: Compared;
  readonly leftOut: readonly LeftOut[];
  /** As it was named on the command line. */
  readonly where: string;
  /** Whether there was anything beside the log that could have been looked at. */
  readonly isWhole: boolean;
  readonly isHashesOnly: boolean;
};

/** The report of `ledger fsck` for a person: the verdict first, and by whose doing; then the places. */
export function showReport(terminal: Terminal, options: ReportOptions): void {
  const { report, where } = options;
  const { verdict, findings, counts, firstBadEntry } = report;
  showVerdict(terminal, verdict, {
    sound: { vi: 'ĐÚNG: nhật ký toàn vẹn', en: 'SOUND: the log is whole' },
    'sound-unanchored': unanchoredSay(report),
    unsound: unsoundSay(findings),
    unknown: { vi: 'CHƯA KẾT LUẬN ĐƯỢC', en: 'COULD NOT TELL' },
  });
  showKeys(terminal, report);
  if (firstBadEntry !== undefined) {
    terminal.line(`  ${terminal.text(firstSay(firstBadEntry))}`);
    showFindings(terminal, [firstBadEntry]);
  }
  showFindings(
    terminal,
    findings.filter((one) => one !== firstBadEntry),
  );
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (all > findings.length) {
    const more = String(all - findings.length);
    terminal.line(`  … ${terminal.text({ vi: `và ${more} nữa`, en: `and ${more} more` })}`);
  }
  showLog(terminal, options);
  showParts(terminal, options);
  for (const say of adviceOn(report, where)) terminal.line(`  ${terminal.text(say)}`);
}

/** Key ids stand in the middle of a verifier key (c2sp.org/signed-note). */
function unanchoredSay({ keys }: FsckReport): Say {
  const ids = keys.map((key) => key.split('+')[1]).join(', ');
  return {
    vi: `ĐÚNG, NHƯNG CHƯA NEO: theo khóa ${ids} do chính nhật ký đưa ra`,
    en: `SOUND, UNANCHORED: by key ${ids}, which came from the log itself`,
  };
}

/** What a fault is about, in the order in which it is told. */
const faultGroups: readonly (readonly [codes: RegExp, say: Say])[] = [
  [
    /^log\/(?:forked|rolled-back)$/,
    { vi: 'lịch sử đã bị thay bằng một lịch sử khác', en: 'the history was exchanged' },
  ],
  [
    /^log\/(?:origin-differs|signature-.*|witness-signature-invalid|quorum-missing)$/,
    {
      vi: 'điểm kiểm tra không có chữ ký theo yêu cầu',
      en: 'the checkpoint is not signed as was asked for',
    },
  ],
  [/^(?:log|entry)\//, { vi: 'nhật ký đã bị thay đổi', en: 'the log was altered' }],
  [
    /^store\//,
    { vi: 'sổ nói khác với nhật ký của nó', en: 'the ledger says something else than its log' },
  ],
  [
    /^register\//,
    {
      vi: 'sổ thông tin cá nhân khác với cam kết trong nhật ký',
      en: 'the register of persons is not what the log commits to',
    },
  ],
  [
    /^evidence\//,
    {
      vi: 'tệp minh chứng không còn như khi được nộp',
      en: 'files of evidence are not as they were handed in',
    },
  ],
];

/** The headline goes into reports: it accuses what was found wrong, and nothing else. */
function unsoundSay(findings: readonly Finding[]): Say {
  const groups = new Set(
    findings
      .filter(({ severity }) => severity === 'fault')
      .map(({ code }) => faultGroups.find(([codes]) => codes.test(code))),
  );
  const says = faultGroups.filter((group) => groups.has(group)).map(([, say]) => say);
  return {
    vi: `SAI: ${says.map(({ vi }) => vi).join('; ')}`,
    en: `UNSOUND: ${says.map(({ en }) => en).join('; ')}`,
  };
}

function firstSay({ code }: Finding): Say {
  return /^(?:log|entry)\//.test(code)
    ? { vi: 'Bản ghi sai đầu tiên:', en: 'The first bad entry:' }
    : { vi: 'Bản ghi đầu tiên có liên quan:', en: 'The first entry concerned:' };
}

function showKeys(terminal: Terminal, { anchored, keys }: FsckReport): void {
  if (anchored || keys.length === 0) return;
  for (const key of keys) terminal.line(`  ${key}`);
  const advice = {
    vi: 'Muốn chắc chắn, hãy dùng khóa nhận được từ nơi khác: --key hoặc --policy.',
    en: 'To be sure, use a key that you had from elsewhere: --key or --policy.',
  };
  terminal.line(`  ${terminal.text(advice)}`);
}

function showLog(terminal: Terminal, { report, isHashesOnly }: ReportOptions): void {
  const { origin, size, streams, root, since, witnesses } = report;
  if (size === undefined) return;
  const head = isHashesOnly
    ? {
        vi: `${origin}: ${size} bản ghi, gốc ${root}; nội dung bản ghi không được đọc (--hashes)`,
        en: `${origin}: ${size} entries, root ${root}; what they say was not read (--hashes)`,
      }
    : {
        vi: `${origin}: ${size} bản ghi, ${streams} luồng, gốc ${root}`,
        en: `${origin}: ${size} entries, ${streams} streams, root ${root}`,
      };
  terminal.line(`  ${terminal.text(head)}`);
  for (const { name, time } of witnesses) {
    terminal.line(`  ${terminal.text({ vi: 'chứng kiến', en: 'witness' })} ${name}, ${time}`);
  }
  if (since?.continued !== true) return;
  const continued = {
    vi: `Nhật ký tiếp nối điểm kiểm tra ${since.size} bản ghi mà bạn đã giữ (--since).`,
    en: `It continues the checkpoint of ${since.size} entries that you kept (--since).`,
  };
  terminal.line(`  ${terminal.text(continued)}`);
}

type PartSay = { readonly name: Say; readonly done: Say; readonly verb: 'was' | 'were' };

const partSays: Readonly<Record<keyof Compared, PartSay>> = {
  eventStore: {
    name: { vi: 'Kho sự kiện', en: 'The event store' },
    verb: 'was',
    done: { vi: 'đã được đối chiếu với nhật ký', en: 'was held against the log' },
  },
  readModels: {
    name: { vi: 'Các bảng đọc', en: 'The read models' },
    verb: 'were',
    done: { vi: 'đã được đối chiếu với các sự kiện', en: 'were held against the events' },
  },
  register: {
    name: { vi: 'Sổ thông tin cá nhân', en: 'The register of persons' },
    verb: 'was',
    done: {
      vi: 'đã được đối chiếu với các cam kết băm trong nhật ký',
      en: 'was held against the commitments in the log',
    },
  },
  evidence: {
    name: { vi: 'Các tệp minh chứng', en: 'The files of evidence' },
    verb: 'were',
    done: {
      vi: 'đã được băm lại và đối chiếu với nhật ký',
      en: 'were hashed anew and held against the log',
    },
  },
};

export const comparedParts = Object.keys(partSays) as readonly (keyof Compared)[];

/** Silence about a part would read as if it had been looked at. */
function showParts(terminal: Terminal, { compared, leftOut, isWhole }: ReportOptions): void {
  if (!isWhole) return;
  for (const part of comparedParts) {
    const { name, done, verb } = partSays[part];
    const option = leftOut.find((one) => one.part === part)?.option;
    const why =
      option === undefined
        ? { vi: 'vì những lý do nêu trên', en: 'for the reasons above' }
        : { vi: option, en: option };
    const say = compared[part]
      ? done
      : {
          vi: `KHÔNG được kiểm tra hết (${why.vi})`,
          en: `${verb} NOT looked at to the end (${why.en})`,
        };
    terminal.line(`  ${terminal.text(name)} ${terminal.text(say)}.`);
  }
}

function adviceOn({ verdict, counts }: FsckReport, where: string): readonly Say[] {
  const advice: Say[] = [];
  const isUrl = /^https?:/.test(where);
  if (counts['log/nothing-there'] !== undefined) {
    const log = isUrl ? `${where.replace(/\/$/, '')}/log` : join(where, 'log');
    if (isUrl && !/\/log\/?$/.test(where)) {
      advice.push({ vi: `Có phải ý bạn là ${log}?`, en: `Did you mean ${log}?` });
    } else if (!isUrl && existsSync(join(log, 'checkpoint'))) {
      advice.push({
        vi: `Đây có vẻ là thư mục của một sổ không còn ledger.json; hãy kiểm tra ${log}.`,
        en: `This looks like the folder of a ledger without its ledger.json; check ${log}.`,
      });
    }
  }
  if (counts['log/entries-closed'] !== undefined) {
    advice.push({
      vi: 'Kiểm toán viên, thanh tra, bên nhận đọc được bản ghi bằng --token-file.',
      en: 'An auditor, an inspector or a recipient reads the entries with --token-file.',
    });
  }
  if (verdict === 'unsound' || verdict === 'unknown') {
    const [codes, guide] = ['docs/formats/findings.md', 'docs/guides/checking.md'];
    advice.push({
      vi: `Ý nghĩa từng mã: ${codes}; việc cần làm: ${guide}.`,
      en: `What each code means: ${codes}; what to do: ${guide}.`,
    });
  }
  return advice;
}
