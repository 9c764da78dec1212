import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

// The house rules that a machine can hold. Each test gives the list of what breaks its rule, which must be empty.

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MAX_LINES = 500
const MAX_TEST_LINES = 600

/** Who may import what from outside: one place for each library, so that it can be replaced there. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  'sql.js': ['src/store/database.ts'],
  'apache-arrow': ['src/series/arrow.ts', 'src/tables/arrow.ts'],
  commander: ['adapters/node-cli.ts'],
  hono: ['src/rest/', 'adapters/node-server-ui.ts'],
  '@bufbuild/protobuf/wire': ['src/rest/otlp/'],
  '@hono/node-server': ['adapters/node-server.ts'],
  '@hono/node-server/utils/response': ['adapters/node-server.ts'],
  '@hono/node-server/serve-static': ['adapters/node-server-ui.ts'],
  comlink: ['src/worker/', 'adapters/'],
  fflate: ['src/util/deflate.ts', 'src/zip/', 'src/artifacts/png.ts'],
  'idb-keyval': ['adapters/indexeddb'],
  yaml: ['src/mlruns/yaml.ts', 'src/mlruns/read/meta.ts'],
  '@noble/hashes/sha2.js': ['src/util/sha256.ts'],
  '@noble/hashes/legacy.js': ['src/mlruns/md5.ts'],
  '@noble/hashes/utils.js': ['src/util/', 'src/mlruns/md5.ts'],
}

/** What only a platform gives; src gets it through a port. */
const PLATFORM_GLOBALS = [
  'window',
  'document',
  'indexedDB',
  'localStorage',
  'process',
  'Buffer',
  '__dirname',
]

interface Import {
  readonly from: string
  /** A path from the root for files of this project, else the name of the package. */
  readonly to: string
  readonly typeOnly: boolean
}

const sources = new Map(
  [...filesOf('src'), ...filesOf('adapters')].map((path) => [path, parse(path)]),
)
const imports = [...sources].flatMap(([path, source]) => importsOf(path, source))

describe('imports', () => {
  it('go from adapters to src, never back, and never to demo, bench or test', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (/^(demo|bench|test)\//.test(to)) return true
      return from.startsWith('src/') && !isOutside(to) && !to.startsWith('src/')
    })
    expect(wrong.map(show)).toEqual([])
  })

  it('of platforms are not in src', () => {
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('src/') && to.startsWith('node:'),
    )
    expect(wrong.map(show)).toEqual([])
  })

  it('of a library are only in the file that owns it', () => {
    const wrong = imports.filter(
      ({ from, to }) => isLibrary(to) && !owners(to).some((owner) => from.startsWith(owner)),
    )
    expect(wrong.map(show)).toEqual([])
  })

  it('name files that are there, with their .js extension', () => {
    const isThere = (path: string): boolean => existsSync(join(ROOT, path))
    const wrong = imports.filter(
      ({ to }) => !isOutside(to) && !isThere(to) && !isThere(to.replace(/\.ts$/, '.d.ts')),
    )
    expect(wrong.map(show)).toEqual([])
  })

  it('of values make no cycle', () => {
    expect(cycles(imports.filter(({ typeOnly }) => !typeOnly))).toEqual([])
  })
})

describe('files', () => {
  it('of src use nothing that only one platform has', () => {
    const wrong = [...sources].flatMap(([path, source]) =>
      path.startsWith('src/') ? platformGlobals(source).map((name) => `${path}: ${name}`) : [],
    )
    expect(wrong).toEqual([])
  })

  it.each([
    { limit: MAX_LINES, folders: ['src', 'adapters', 'demo', 'bench'] },
    { limit: MAX_TEST_LINES, folders: ['test'] },
  ])('are no longer than $limit lines in $folders', ({ limit, folders }) => {
    const all = folders.flatMap((folder) => filesOf(folder))
    expect(all.filter((path) => read(path).split('\n').length > limit)).toEqual([])
  })

  it('have no default exports and no enums', () => {
    const wrong = [...sources].flatMap(([path, source]) =>
      source.statements
        .filter((node) => isDefaultExport(node) || ts.isEnumDeclaration(node))
        .map(() => path),
    )
    expect(wrong).toEqual([])
  })

  it('are named in kebab-case', () => {
    expect(
      [...sources.keys()].filter((path) => !/^[a-z0-9/-]+(\.[a-z0-9-]+)*\.ts$/.test(path)),
    ).toEqual([])
  })

  it('name no place on the machine they were written on', () => {
    const all = ['src', 'adapters', 'demo', 'bench', 'test'].flatMap((folder) =>
      filesOf(folder, /\.(ts|md|py|html|json|mjs)$/),
    )
    const place = /(?<![\w.])\/(?:work|root|Users|tmp\/w)\/\w/
    const named = [...all, 'package.json', 'README.md', '.ci/run'].filter((path) =>
      existsSync(join(ROOT, path)),
    )
    const wrong = named.filter(
      (path) => !path.startsWith('test/fixtures/') && place.test(read(path)),
    )
    expect(wrong).toEqual([])
  })
})

describe('every exported name', () => {
  it('says in a doc comment what it is', () => {
    const wrong = [...sources].flatMap(([path, source]) =>
      undocumented(source).map((name) => `${path}: ${name}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('package.json', () => {
  const { exports, bin } = JSON.parse(read('package.json')) as {
    exports: Record<string, string | Record<string, string>>
    bin?: Record<string, string>
  }

  it('exports only what is built from a source that is there', () => {
    const targets = [...Object.values(exports), ...Object.values(bin ?? {})]
      .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
      .filter((target) => /^\.\/dist\/(src|adapters)\//.test(target))
    const source = (target: string): string =>
      target.replace('./dist/', '').replace(/(\.d\.ts|\.js)$/, '.ts')
    expect(targets.length).toBeGreaterThan(5)
    expect(targets.map(source).filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('puts types first, so that every tool finds them', () => {
    const conditional = Object.entries(exports).flatMap(([name, target]) =>
      typeof target === 'string' || !('types' in target) ? [] : [[name, Object.keys(target)[0]]],
    )
    expect(conditional.length).toBeGreaterThan(0)
    expect(conditional.filter(([, first]) => first !== 'types')).toEqual([])
  })
})

function filesOf(folder: string, name = /\.ts$/): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter(
      (entry) =>
        entry.isFile() &&
        name.test(entry.name) &&
        !/node_modules|[/\\]dist\b/.test(entry.parentPath),
    )
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true)
}

function importsOf(from: string, source: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ from, to: target(from, specifier.text), typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause))
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true)
    // A dynamic import is made for weight or to break a cycle at load, so it counts as a type here.
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], true)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  if (clause.isTypeOnly) return true
  const { namedBindings } = clause
  return (
    !clause.name &&
    !!namedBindings &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((e) => e.isTypeOnly)
  )
}

function target(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  const path = relative(ROOT, resolve(ROOT, dirname(from), specifier)).replaceAll('\\', '/')
  return path.replace(/\.js$/, '.ts')
}

function isOutside(to: string): boolean {
  return !/^(src|adapters|demo|bench|test)\//.test(to)
}

function isLibrary(to: string): boolean {
  return isOutside(to) && !to.startsWith('node:')
}

function owners(library: string): readonly string[] {
  return OWNERS[library] ?? OWNERS[library.split('/')[0] ?? ''] ?? []
}

function show({ from, to }: Import): string {
  return `${from} -> ${to}`
}

function cycles(edges: readonly Import[]): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to])
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      return
    }
    state.set(path, 'open')
    for (const to of next.get(path) ?? []) visit(to, [...trail, path])
    state.set(path, 'done')
  }
  for (const path of sources.keys()) visit(path, [])
  return found
}

function platformGlobals(source: ts.SourceFile): string[] {
  const used: string[] = []
  const declared = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) || ts.isParameter(node)) declared.add(node.name.getText())
    if (ts.isIdentifier(node) && PLATFORM_GLOBALS.includes(node.text) && isUse(node))
      used.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return used.filter((name) => !declared.has(name))
}

/** Whether it is more than the name of a property, member or parameter. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  return !('name' in parent && parent.name === node)
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true
  return (
    ts.canHaveModifiers(node) &&
    !!ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)
  )
}

function undocumented(source: ts.SourceFile): string[] {
  return source.statements.filter((node) => isExported(node) && !hasDoc(node, source)).map(nameOf)
}

function isExported(node: ts.Node): boolean {
  if (ts.isExportDeclaration(node)) return false
  return (
    ts.canHaveModifiers(node) &&
    !!ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)
  )
}

/** Overloads and the interface beside a class of the same name share the comment of the first. */
function hasDoc(node: ts.Statement, source: ts.SourceFile): boolean {
  const name = nameOf(node)
  return source.statements.some(
    (other) => nameOf(other) === name && ts.getJSDocCommentsAndTags(other).length > 0,
  )
}

function nameOf(node: ts.Node): string {
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.map((d) => d.name.getText()).join(', ')
  const { name } = node as { name?: ts.Node }
  return name?.getText() ?? node.getText().slice(0, 40)
}
