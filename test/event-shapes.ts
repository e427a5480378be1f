import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * The shapes of all events as the code declares them, read with the compiler's own parser and
 * written in the notation of docs/formats/events.md. So the page cannot say something else than the
 * code, nor be silent on an event.
 */
export type EventShapes = {
  /** By library, in the order of the source: type of the event and what its data is. */
  readonly events: ReadonlyMap<string, readonly { readonly type: string; readonly data: string }[]>;
  /** Shapes that events are made of, by name, in order of the alphabet. */
  readonly shapes: ReadonlyMap<string, string>;
  /** Names of forms that are one JSON string, in order of the alphabet. */
  readonly scalars: readonly string[];
};

type Declared = { readonly node: ts.TypeNode; readonly file: ts.SourceFile };

const libraries = join(import.meta.dirname, '..', 'libs');
const columnsMax = 98;

export function readEventShapes(): EventShapes {
  const reader = new ShapeReader();
  for (const library of readdirSync(libraries).toSorted()) reader.read(library);
  return reader.shapes();
}

class ShapeReader {
  private readonly aliases = new Map<string, Declared>();
  private readonly lists = new Map<string, readonly string[]>();
  private readonly facts: { library: string; type: string; data: ts.TypeNode }[] = [];
  private readonly used = new Set<string>();
  private readonly scalars = new Set<string>();

  read(library: string): void {
    const folder = join(libraries, library, 'src');
    const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    for (const name of names.filter((one) => !/\.(spec|contract)\.ts$/.test(one)).toSorted()) {
      const text = readFileSync(join(folder, name), 'utf8');
      const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true);
      const visit = (node: ts.Node): void => {
        this.remember(node, file);
        const fact = factOf(node);
        if (fact !== undefined) this.facts.push({ library, ...fact });
        ts.forEachChild(node, visit);
      };
      visit(file);
    }
  }

  shapes(): EventShapes {
    const events = new Map<string, { type: string; data: string }[]>();
    for (const { library, type, data } of this.facts) {
      const known = events.get(library) ?? [];
      known.push({ type, data: this.write(data) });
      events.set(library, known);
    }
    const shapes = new Map<string, string>();
    // A shape may name others, which are then used as well.
    for (const name of this.used) {
      const { node } = this.aliases.get(name) as Declared;
      shapes.set(name, this.write(node));
    }
    const inOrder = [...shapes].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return { events, shapes: new Map(inOrder), scalars: [...this.scalars].sort() };
  }

  private remember(node: ts.Node, file: ts.SourceFile): void {
    if (ts.isTypeAliasDeclaration(node) && node.typeParameters === undefined) {
      this.aliases.set(node.name.text, { node: node.type, file });
    }
    if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return;
    const value = ts.isAsExpression(node.initializer) ? node.initializer.expression : undefined;
    if (value === undefined || !ts.isArrayLiteralExpression(value)) return;
    const texts = value.elements.filter(ts.isStringLiteral).map(({ text }) => text);
    this.lists.set(node.name.getText(), texts);
  }

  private write(node: ts.TypeNode): string {
    if (ts.isTypeLiteralNode(node)) return this.writeMembers(node.members);
    if (ts.isArrayTypeNode(node)) return `[${this.write(node.elementType)}]`;
    if (ts.isTypeOperatorNode(node) || ts.isParenthesizedTypeNode(node)) {
      return this.write(node.type);
    }
    if (ts.isUnionTypeNode(node)) return node.types.map((one) => this.write(one)).join(' | ');
    if (ts.isIntersectionTypeNode(node))
      return node.types.map((one) => this.write(one)).join(' & ');
    if (ts.isLiteralTypeNode(node)) return node.getText().replaceAll("'", '"');
    if (ts.isIndexedAccessTypeNode(node)) return this.writeListed(node);
    if (ts.isTypeReferenceNode(node)) return this.writeReference(node);
    if (node.kind === ts.SyntaxKind.NumberKeyword) return 'integer';
    if (node.kind === ts.SyntaxKind.StringKeyword) return 'text';
    if (node.kind === ts.SyntaxKind.BooleanKeyword) return 'boolean';
    throw new TypeError(`no notation for ${node.getText()}`);
  }

  private writeMembers(members: readonly ts.TypeElement[]): string {
    const written = members.filter(ts.isPropertySignature).map((member) => {
      const mark = member.questionToken === undefined ? '' : '?';
      return `${member.name.getText()}${mark}: ${this.write(member.type as ts.TypeNode)}`;
    });
    return `{ ${written.join(', ')} }`;
  }

  /** `(typeof kinds)[number]`: one of the texts of a list. */
  private writeListed(node: ts.IndexedAccessTypeNode): string {
    const name = node.objectType.getText().replaceAll(/[()]|typeof /g, '');
    const texts = this.lists.get(name);
    if (texts === undefined) throw new TypeError(`no list ${name}`);
    return texts.map((text) => `"${text}"`).join(' | ');
  }

  private writeReference(node: ts.TypeReferenceNode): string {
    const name = node.typeName.getText();
    const [argument, keys] = node.typeArguments ?? [];
    if (name === 'Pick' && argument !== undefined && keys !== undefined) {
      const { node: whole } = this.aliases.get(argument.getText()) as Declared;
      const texts = keys.getText();
      const members = (whole as ts.TypeLiteralNode).members.filter((member) =>
        texts.includes(`'${member.name?.getText()}'`),
      );
      return this.writeMembers(members);
    }
    const declared = this.aliases.get(name);
    if (declared === undefined) throw new TypeError(`no type ${name}`);
    const isScalar = !/[{[|&]/.test(declared.node.getText()) || isBranded(declared.node);
    if (isScalar && declared.node.kind !== ts.SyntaxKind.TypeReference) this.scalars.add(name);
    else this.used.add(name);
    return name;
  }
}

/** `string & { readonly [brand]: true }` is a string in a form that a reader has checked. */
function isBranded(node: ts.TypeNode): boolean {
  return /^string & \{/.test(node.getText());
}

function factOf(node: ts.Node): { type: string; data: ts.TypeNode } | undefined {
  if (!ts.isTypeReferenceNode(node) || node.typeName.getText() !== 'Fact') return undefined;
  const [type, data] = node.typeArguments ?? [];
  if (type === undefined || data === undefined || !ts.isLiteralTypeNode(type)) return undefined;
  return { type: type.getText().slice(1, -1), data };
}

/** `name = form`, broken where a line would be too wide; what follows is indented. */
export function written(name: string, form: string): string {
  const words = `${name} = ${form}`.split(/(?<=,|\||&|=) (?=\S)/);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columnsMax) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(last === undefined ? word : `    ${word}`);
  }
  return lines.join('\n');
}
