import {
  canonicalJson,
  commandIdOf,
  day,
  derivedUuid,
  digestOf,
  entryBytes,
  eventIdOf,
  instantFromMs,
} from '#kernel';
import type {
  Actor,
  Basis,
  Day,
  Digest,
  DocumentRef,
  Entry,
  Instant,
  Metadata,
  Role,
} from '#kernel';
import type { FrameworkFact, RoundFact } from '#catalogue';
import { commitmentOf } from '#directory';
import type { AgencyFact, Particulars, PersonFact, ReviewBodyFact } from '#directory';
import type { EvidenceFact, EvidenceReferenceFact } from '#evidence';
import type { ContributionFact, FigureFact, FindingFact } from '#figures';
import { machineEvent } from '#transparency';
import type { LogFact } from '#transparency';

/** Everything that can be an entry of this ledger. */
export type AnyFact =
  | AgencyFact
  | ContributionFact
  | EvidenceFact
  | EvidenceReferenceFact
  | FigureFact
  | FindingFact
  | FrameworkFact
  | LogFact
  | PersonFact
  | ReviewBodyFact
  | RoundFact;

export type Told = { readonly entry: Entry; readonly bytes: Uint8Array; readonly digest: Digest };

const startMs = 1_782_867_600_000; // 2026-07-01T01:00:00.000Z
const stepMs = 61_007;
const software = 'minhchung/0.0.0';

/**
 * A history as the ledger would record it, one act after another: ids, times, revisions and digests
 * follow from what is told and from nothing else, so it is the same each time. No rule of the domain
 * is asked; the shapes are those of the code, held to by its types.
 */
export class Story {
  readonly told: Told[] = [];
  private readonly revisions = new Map<string, number>();

  act(stream: string, actor: Actor, fact: AnyFact, basis: readonly Basis[] = []): Told {
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    const commandId = commandIdOf(actor.person, 'POST', `/${stream}`, `key-${revision}`);
    const metadata: Metadata = {
      actor,
      commandId,
      requestDigest: digestOf(canonicalJson([fact.type, fact.data])),
      correlationId: commandId,
      causationId: null,
      recordedAt: this.now(),
      software,
      basis,
    };
    return this.tell({ ...fact, id: eventIdOf(commandId, 0), metadata, revision, stream });
  }

  /** What the machine itself records about its log. */
  machine(stream: string, fact: LogFact): Told {
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    const stamp = { recordedAt: this.now(), software };
    const event = machineEvent(fact, [stream, 'vectors', revision], stamp);
    return this.tell({ ...event, metadata: event.metadata, revision, stream });
  }

  /** An act of another story. */
  again({ stream, data, type, id, metadata }: Entry): Told {
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    return this.tell({ data, id, metadata, revision, stream, type });
  }

  private tell(entry: Entry): Told {
    const { stream, revision } = entry;
    const bytes = entryBytes(entry);
    const told = { entry, bytes, digest: digestOf(bytes) };
    this.told.push(told);
    this.revisions.set(stream, revision);
    return told;
  }

  private now(): Instant {
    return instantFromMs(startMs + this.told.length * stepMs);
  }

  /** The stream as it is now, for an act that rests on it. */
  basis(stream: string): Basis {
    const revision = this.revisions.get(stream);
    if (revision === undefined) throw new TypeError(`nothing was told of ${stream}`);
    return { stream, revision };
  }

  heads(): [stream: string, lastRevision: number][] {
    return [...this.revisions];
  }
}

export const committee = 'son_la.ubnd_tinh';
export const department = 'son_la.so_khcn';
export const givers = ['son_la.so_tc', 'son_la.so_gddt', 'son_la.so_yt'] as const;
export const round = 'son_la-qd1969-2026';
export const source = { file: 'ke-hoach.txt', line: 87, raw: 'như đã in' };

/** A person known by the office, with what the register keeps and the events only commit to. */
export type Officer = {
  readonly person: string;
  readonly salt: string;
  readonly particulars: Particulars;
  readonly role: Role;
  readonly actor: Actor;
};

export function officer(key: string, agency: string, role: Role, position: string): Officer {
  const person = derivedUuid(['vector', key]);
  const salt = digestOf(`salt of ${key}`).slice('sha256:'.length);
  const actor = { person, agency, unit: agency, role, actingFor: null };
  return { person, salt, particulars: { name: position, position, agency }, role, actor };
}

export const cast = {
  registrar: officer('registrar', department, 'registrar', 'Cán bộ đăng ký'),
  confirmer: officer('confirmer', committee, 'certifier', 'Người xác nhận'),
  officer: officer('officer', department, 'officer', 'Chuyên viên Phòng Kế hoạch'),
  head: officer('head', department, 'head', 'Giám đốc Sở Khoa học và Công nghệ'),
  deputy: officer('deputy', department, 'deputy', 'Phó Giám đốc Sở Khoa học và Công nghệ'),
  checker: officer('checker', committee, 'checker', 'Thư ký Hội đồng'),
  auditor: officer('auditor', 'son_la.kiem_toan', 'auditor', 'Kiểm toán viên'),
  inspector: officer('inspector', 'son_la.thanh_tra_tinh', 'inspector', 'Thanh tra viên'),
} as const;

/** Whoever holds the one-time bootstrap token. */
export const operator: Actor = {
  person: derivedUuid(['vector', 'operator']),
  agency: department,
  unit: department,
  role: 'operator',
  actingFor: null,
};

export function giverOfficer(agency: string): Officer {
  return officer(`officer of ${agency}`, agency, 'officer', 'Chuyên viên');
}

export function giverHead(agency: string): Officer {
  return officer(`head of ${agency}`, agency, 'head', 'Giám đốc sở');
}

export function commitmentTo({ salt, particulars }: Officer): Digest {
  return commitmentOf(salt, particulars);
}

export function paper(title: string, on: Day = day('2026-06-15')): DocumentRef {
  return {
    kind: 'decision',
    number: '1969/QĐ-BKHCN',
    date: on,
    issuer: 'Bộ Khoa học và Công nghệ',
    title,
    digest: fileDigest(title),
  };
}

export function fileDigest(title: string): Digest {
  return digestOf(`Nội dung: ${title}`);
}

/** The stream of a file: its digest without the name of the algorithm. */
export function evidenceStream(evidence: Digest): string {
  return `evidence-${evidence.slice('sha256:'.length)}`;
}
