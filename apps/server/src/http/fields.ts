import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { acceptedBy, eachRead, rememberMember } from './forms.ts';
import type { Constructor } from './forms.ts';
import type { Shape } from './shapes.ts';

/**
 * Members of a request: one decorator each says what is accepted, to class-validator and to
 * `forms.ts`, and what OpenAPI shows, so that they cannot drift apart. Messages are codes of
 * `expectations.ts`.
 */
export type FieldOptions = {
  /** May be absent, and is then absent from the command too. Null is refused. */
  readonly optional?: boolean;
  /** May be null or absent; the class gives null as the start value. */
  readonly nullable?: boolean;
  readonly description?: string;
};

export type ListOptions = FieldOptions & { readonly countMin?: number; readonly countMax: number };

/** One value of a shape. */
export function Field(shape: Shape, options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    reading((value) => (shape.test(value) ? value : undefined), options),
    expecting(shape.code, shape.test),
    ...presence(options),
    ApiProperty({ ...shape.schema, ...described(options) }),
  );
}

/** A list of values of a shape. */
export function ListField(shape: Shape, options: ListOptions): PropertyDecorator {
  const { countMin = 0, countMax } = options;
  const isGood = (value: unknown) =>
    isList(value, countMin, countMax) && value.every((item) => shape.test(item));
  return applyDecorators(
    reading((value) => (isGood(value) ? value : undefined), options),
    expecting(listCode(options), (value) => isList(value, countMin, countMax)),
    ValidateBy(
      { name: 'items', validator: { validate: shape.test, defaultMessage: () => shape.code } },
      { each: true },
    ),
    ...presence(options),
    ApiProperty({
      type: 'array',
      items: { ...shape.schema },
      minItems: countMin,
      maxItems: countMax,
      ...described(options),
    }),
  );
}

/** An object with members of its own. */
export function Part(type: () => Constructor, options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    reading((value) => acceptedBy(type(), value), options),
    Type(type),
    // The library would also take a list here and look at each of its items.
    expecting('object', isObject),
    ValidateNested({ message: 'object' }),
    ...presence(options),
    // An arrow of this name: the library tells a late type from a class by the name `type`.
    ApiProperty({ type: () => type(), ...described(options) }),
  );
}

/** A list of objects. */
export function PartList(type: () => Constructor, options: ListOptions): PropertyDecorator {
  const { countMin = 0, countMax } = options;
  const read = (item: unknown) => acceptedBy(type(), item);
  return applyDecorators(
    reading(
      (value) => (isList(value, countMin, countMax) ? eachRead(value, read) : undefined),
      options,
    ),
    Type(type),
    expecting(listCode(options), (value) => isList(value, countMin, countMax)),
    ValidateBy(
      { name: 'object', validator: { validate: isObject, defaultMessage: () => 'object' } },
      { each: true },
    ),
    ValidateNested({ each: true, message: 'object' }),
    ...presence(options),
    ApiProperty({
      type: () => type(),
      isArray: true,
      minItems: countMin,
      maxItems: countMax,
      ...described(options),
    }),
  );
}

function reading(
  read: (value: unknown) => unknown,
  { optional = false, nullable = false }: FieldOptions,
): PropertyDecorator {
  const member = { mayBeAbsent: optional || nullable, mayBeNull: nullable, read };
  return (prototype, name) => rememberMember(prototype, String(name), member);
}

function expecting(code: string, test: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name: code.split(' ')[0] ?? code,
    validator: { validate: test, defaultMessage: () => code },
  });
}

function presence({ optional, nullable }: FieldOptions): PropertyDecorator[] {
  if (nullable) return [ValidateIf((_, value: unknown) => value !== null && value !== undefined)];
  return optional ? [ValidateIf((_, value: unknown) => value !== undefined)] : [];
}

function described({ optional, nullable, description }: FieldOptions): object {
  return {
    required: !optional && !nullable,
    ...(nullable && { nullable: true }),
    ...(description !== undefined && { description }),
  };
}

function listCode({ countMin = 0, countMax }: ListOptions): string {
  return `${countMin > 0 ? 'filled-list' : 'list'} ${countMax}`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown, countMin: number, countMax: number): value is unknown[] {
  return Array.isArray(value) && value.length >= countMin && value.length <= countMax;
}
