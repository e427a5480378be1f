import { Injectable, ValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { escapePointer, invisibleIn } from '#kernel';
import { acceptedBy } from './forms.ts';
import type { Constructor } from './forms.ts';
import type { FieldFault } from './problem.ts';
import { refuseRequest } from './refusals.ts';

/**
 * Checks a body, a path or a query against its class and hands on plain values. Unknown members are
 * refused, not dropped: whoever sends `recordedAt` must learn that the ledger decides it
 * (OWASP API3). Plain values, because what is recorded and hashed must be nothing but JSON.
 */
@Injectable()
export class RequestPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      // A request without members is a class without rules, and still refuses every member.
      forbidUnknownValues: false,
      stopAtFirstError: true,
      validationError: { target: false },
      exceptionFactory: (errors) => refuseRequest('request/invalid', firstOf(faultsOf(errors, ''))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { type, metatype } = metadata;
    if (type === 'custom') return value;
    const accepted = metatype && acceptedBy(metatype as Constructor, value);
    return accepted ?? this.examine(value, metadata);
  }

  /** The same by the library: slower, and with a word for each fault. */
  async examine(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // A list, a text or nothing where an object is due: the library would let some of them pass.
    if (metadata.type === 'body' && !isObject) {
      throw refuseRequest('request/invalid', { faults: [{ pointer: '', code: 'object' }] });
    }
    return plain(await super.transform(value, metadata));
  }
}

/** As many as anybody mends at a time: an answer must not grow with what was sent. */
const faultsMax = 20;

function firstOf(all: readonly FieldFault[]) {
  const unlisted = all.length - faultsMax;
  return { faults: all.slice(0, faultsMax), ...(unlisted > 0 && { unlisted }) };
}

/** Every fault of the tree, in the order of the class, each with the pointer to its place. */
export function faultsOf(errors: readonly ValidationError[], above: string): FieldFault[] {
  return errors.flatMap(({ property, constraints, children, value }) => {
    const pointer = `${above}/${escapePointer(property)}`;
    const codes = Object.entries(constraints ?? {}).map(([name, message]) =>
      name === 'whitelistValidation' ? 'absent' : message,
    );
    // Sent as null or empty is wrong; only what was not sent at all is missing.
    const isMissing = value === undefined && !codes.includes('absent');
    return [
      ...codes
        .slice(0, 1)
        .map(
          (code) =>
            unseenIn(value, code, pointer) ?? { pointer, code, ...(isMissing && { isMissing }) },
        ),
      ...faultsOf(children ?? [], pointer),
    ];
  });
}

/** Shapes that are read by people; a secret is read by nobody, so that anything may be in it. */
const readByPeople = new Set(['text', 'line', 'quotation', 'login', 'email']);

/** Said apart: whoever looks at such a text finds nothing wrong with it. */
function unseenIn(value: unknown, code: string, pointer: string): FieldFault | undefined {
  if (!readByPeople.has(code.split(' ')[0] ?? code)) return undefined;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, item] of items.entries()) {
    const character = typeof item === 'string' ? invisibleIn(item) : undefined;
    if (character === undefined) continue;
    const at = Array.isArray(value) ? `${pointer}/${index}` : pointer;
    return { pointer: at, code: `visible ${character}` };
  }
  return undefined;
}

/** The same values without classes: absent members stay absent. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, plain(member)]));
}
