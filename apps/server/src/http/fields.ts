import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import type { Shape } from './shapes.ts';

/**
 * Members of a request: one decorator each says what is accepted and what OpenAPI shows, so the two
 * cannot drift apart. Messages are codes of `expectations.ts`.
 */
export type FieldOptions = {
  /** May be absent, and is then absent from the command too. Null is refused. */
  readonly optional?: boolean;
  /** May be null or absent; the class gives null as the start value. */
  readonly nullable?: boolean;
  readonly description?: string;
};

export type ListOptions = FieldOptions & { readonly countMin?: number; readonly countMax: number };

type Constructor = new () => object;

/** One value of a shape. */
export function Field(shape: Shape, options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    expecting(shape.code, shape.test),
    ...presence(options),
    ApiProperty({ ...shape.schema, ...described(options) }),
  );
}

/** A list of values of a shape. */
export function ListField(shape: Shape, options: ListOptions): PropertyDecorator {
  const { countMin = 0, countMax } = options;
  return applyDecorators(
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
    Type(type),
    // The library would also take a list here and look at each of its items.
    expecting('object', (value) => typeof value === 'object' && !Array.isArray(value)),
    ValidateNested({ message: 'object' }),
    ...presence(options),
    // An arrow of this name: the library tells a late type from a class by the name `type`.
    ApiProperty({ type: () => type(), ...described(options) }),
  );
}

/** A list of objects. */
export function PartList(type: () => Constructor, options: ListOptions): PropertyDecorator {
  const { countMin = 0, countMax } = options;
  return applyDecorators(
    Type(type),
    expecting(listCode(options), (value) => isList(value, countMin, countMax)),
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

function isList(value: unknown, countMin: number, countMax: number): boolean {
  return Array.isArray(value) && value.length >= countMin && value.length <= countMax;
}
