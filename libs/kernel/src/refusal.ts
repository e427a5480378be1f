/**
 * The closed catalogue of things a rule can say no to. A context declares its refusals in one table
 * with their kind and both languages; the server maps kinds to HTTP in one place, the domain never
 * speaks HTTP. Codes are `context/reason`, stable, never reused.
 */

export type RefusalKind =
  | 'invalid' // the input is not what the field wants
  | 'forbidden' // role, agency or separation of duties
  | 'missing' // not there, or not for this reader
  | 'rule' // a rule in the present state
  | 'reused' // the same idempotency key with another request
  | 'in-flight' // the same command is being carried out
  | 'stale' // If-Match names another revision
  | 'unconditional' // If-Match is missing
  | 'unauthenticated'
  | 'too-large'
  | 'unsupported-media'
  | 'too-many'
  | 'unavailable' // a part the ledger needs is away; try again
  | 'storage-full';

export type RefusalText = { readonly kind: RefusalKind; readonly en: string; readonly vi: string };
export type RefusalCatalogue = Readonly<Record<string, RefusalText>>;

/** `pointer` is a JSON pointer into the request (RFC 6901); other members say what was expected. */
export type RefusalFacts = { readonly pointer?: string } & Readonly<Record<string, unknown>>;

/** A rule said no. Nothing was written. */
export class Refusal extends Error {
  readonly code: string;
  readonly text: RefusalText;
  readonly facts: RefusalFacts;

  constructor(code: string, text: RefusalText, facts: RefusalFacts = {}) {
    super(`${code}: ${text.en}`);
    this.name = 'Refusal';
    this.code = code;
    this.text = text;
    this.facts = facts;
  }

  get kind(): RefusalKind {
    return this.text.kind;
  }
}

/** The function with which a context refuses: only codes of its own catalogue are accepted. */
export function refuser<const C extends RefusalCatalogue>(
  catalogue: C,
): (code: keyof C & string, facts?: RefusalFacts) => Refusal {
  return (code, facts = {}) => {
    const text = catalogue[code];
    if (text === undefined) throw new TypeError(`no such refusal: ${code}`);
    return new Refusal(code, text, facts);
  };
}

/** Refusals that belong to no context: writing and reading as such (CONTRACTS 4 and 5). */
export const kernelRefusals = {
  'command/key-reused': {
    kind: 'reused',
    en: 'This Idempotency-Key was used for a different request.',
    vi: 'Idempotency-Key này đã dùng cho một yêu cầu khác.',
  },
  'command/in-flight': {
    kind: 'in-flight',
    en: 'The same request is being carried out.',
    vi: 'Yêu cầu này đang được xử lý.',
  },
  'command/stale': {
    kind: 'stale',
    en: 'If-Match names another revision than the present one, which is attached.',
    vi: 'If-Match nêu phiên bản khác với phiên bản hiện tại; phiên bản hiện tại được gửi kèm.',
  },
  'command/absent': {
    kind: 'stale',
    en: 'There is nothing yet that has a revision; send no If-Match.',
    vi: 'Chưa có gì để nêu phiên bản; không gửi If-Match.',
  },
  'command/no-precondition': {
    kind: 'unconditional',
    en: 'An act on something that exists needs If-Match with the revision that was read.',
    vi: 'Thao tác trên đối tượng đã có cần If-Match với phiên bản đã đọc.',
  },
  'command/entry-too-large': {
    kind: 'too-large',
    en: 'The recorded entry would exceed 65,535 bytes; hand large content in as evidence.',
    vi: 'Bản ghi vượt quá 65.535 byte; hãy nộp nội dung lớn dưới dạng minh chứng.',
  },
  'store/unavailable': {
    kind: 'unavailable',
    en: 'The event store cannot be reached; nothing was recorded.',
    vi: 'Không kết nối được kho sự kiện; chưa ghi nhận gì.',
  },
  'store/outcome-unknown': {
    kind: 'unavailable',
    en: 'Whether the act was recorded is not known yet; repeat it with the same Idempotency-Key.',
    vi: 'Chưa biết thao tác đã được ghi hay chưa; hãy gửi lại với cùng Idempotency-Key.',
  },
} as const satisfies RefusalCatalogue;

export const refuseCommand = refuser(kernelRefusals);
