/** A tree's files by path; a folder's path ends with `/` and its content is empty. */
export type TreeFiles = Map<string, Uint8Array>

/** Changes a tree in one way; false where there was nothing to change. */
type Mutation = (files: TreeFiles, pick: Pick) => boolean

/** Seeded choices. */
export interface Pick {
  below(n: number): number
  of<T>(items: readonly T[]): T | undefined
}

/** Choices by a generator of numbers in [0, 1). */
export function pickBy(random: () => number): Pick {
  const below = (n: number): number => Math.floor(random() * n)
  return { below, of: (items) => items[below(items.length)] }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array): string => new TextDecoder().decode(content)

/** Texts that a YAML reader may take for more than they are. */
const YAML: readonly string[] = [
  '&a [*a, *a]',
  '&a x',
  '*a',
  '!!python/object/apply:os.system [echo]',
  '!!binary aGVsbG8=',
  '!own x',
  '['.repeat(30_000),
  '{a: '.repeat(50),
  '- '.repeat(2_000),
  '{}',
  '[]',
  '[1, 2]',
  '{a: {b: c}}',
  '~',
  'null',
  '""',
  "''",
  '1e400',
  '.nan',
  '-.inf',
  '0x1F',
  '1_000',
  '12:30:45',
  '2024-01-01',
  'yes',
  '-1',
  '99999999999999999999',
  '9007199254740993',
  '1.5',
  'x'.repeat(100_000),
  '"\\0"',
  '"\\ud800"',
  '"\\x1b[31m"',
  '|\n  a\n  b',
  '>-\n  a\n\n  b',
  '"unclosed',
  '%',
  '@x',
  '`x',
  'a: b: c',
  '\t',
  '..',
  '../../../etc/passwd',
  '/etc/passwd',
  'file:///etc/passwd',
  'constructor',
  '__proto__',
  'toString',
  'deleted',
  'Deleted_Internal',
  'Staging',
  'é\u202e\u0000',
]

/** Lines of a metric file. */
const LINES: readonly string[] = [
  '',
  ' ',
  'x',
  '1',
  '1 2',
  '1 2 3 4',
  '1 2 3 4 5',
  '1 2 3 4 5 6 7',
  '-1 2 3',
  '1 nan 3',
  '1 -inf 3',
  '1 Infinity 3',
  '1 1e999 3',
  '1 0x10 3',
  '1 1_0 3',
  '9223372036854775807 1 9223372036854775807',
  '9223372036854775808 1 0',
  '1 1 -9223372036854775808',
  '1.5 1 2.5',
  '1  2 3',
  '\t1 2 3',
  '1 2 3\r',
  '\0',
  `1 ${'9'.repeat(100_000)} 3`,
  `1 2 ${'x'.repeat(200_000)}`,
  '٣ ٤ ٥',
]

/** Last parts of paths. */
const NAMES: readonly string[] = [
  ...['..', '.', '', ' ', 'a b', 'a\\b', 'C:', 'con', 'nul.txt', 'meta.yaml', '.trash', 'models'],
  ...[
    'tags',
    'params',
    'metrics',
    'artifacts',
    'datasets',
    'traces',
    '.DS_Store',
    '._x',
    '__MACOSX',
  ],
  ...['x'.repeat(251), 'x'.repeat(3_000), 'é', 'e\u0301', '\u202egpj.exe', '%2e%2e', '%', '?', '*'],
  ...[
    '__proto__',
    'constructor',
    'a\0b',
    'a\nb',
    '\ud83d\ude00',
    '0',
    '-1',
    '00',
    'version-1',
    'm-x',
  ],
  ...['version-0', 'version-99999999999999999999', 'tr-1', 'f'.repeat(32), '9'.repeat(18)],
]

const filesOf = (files: TreeFiles, wanted: RegExp): string[] =>
  [...files.keys()].filter((path) => wanted.test(path))

function changeText(wanted: RegExp, change: (old: string, pick: Pick) => string): Mutation {
  return (files, pick) => {
    const path = pick.of(filesOf(files, wanted))
    if (path === undefined) return false
    files.set(path, bytes(change(text(files.get(path)!), pick)))
    return true
  }
}

function changeLine(old: string, change: (line: string) => string, pick: Pick): string {
  const lines = old.split('\n')
  const at = pick.below(lines.length)
  lines[at] = change(lines[at]!)
  return lines.join('\n')
}

const yamlValue = changeText(/meta\.yaml$|\.yaml$/, (old, pick) =>
  changeLine(old, (line) => line.replace(/:.*$|$/s, `: ${pick.of(YAML)}`), pick),
)
const yamlKey = changeText(/meta\.yaml$/, (old, pick) =>
  pick.below(2) === 0
    ? changeLine(old, () => '', pick)
    : changeLine(old, (line) => `${line}\n${line}`, pick),
)
const yamlWhole = changeText(/meta\.yaml$/, (_, pick) => pick.of(YAML) ?? '')
const metricLine = changeText(/\/metrics\/.*[^/]$/, (old, pick) =>
  changeLine(old, () => pick.of(LINES) ?? '', pick),
)

const randomBytes: Mutation = (files, pick) => {
  const path = pick.of(filesOf(files, /[^/]$/))
  if (path === undefined) return false
  const content = files.get(path)!.slice()
  for (let n = 1 + pick.below(4); n > 0; n--)
    if (content.length > 0) content[pick.below(content.length)] = pick.below(256)
  files.set(path, pick.below(8) === 0 ? content.slice(0, pick.below(content.length + 1)) : content)
  return true
}

const emptied: Mutation = (files, pick) => {
  const path = pick.of(filesOf(files, /[^/]$/))
  if (path !== undefined) files.set(path, new Uint8Array(0))
  return path !== undefined
}

const binary: Mutation = (files, pick) => {
  const path = pick.of(filesOf(files, /\/(?:params|tags|aliases)\/.*[^/]$/))
  const odd = [[0xff, 0xfe], [0], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf, 0x61], [0xc0, 0xaf]]
  if (path !== undefined) files.set(path, Uint8Array.from(pick.of(odd)!))
  return path !== undefined
}

const removed: Mutation = (files, pick) => {
  const path = pick.of([...files.keys()])
  if (path === undefined) return false
  const below =
    pick.below(2) === 0 ? path : path.slice(0, path.lastIndexOf('/', path.length - 2) + 1)
  for (const known of [...files.keys()])
    if (known === path || (below.endsWith('/') && known.startsWith(below) && below !== 'mlruns/'))
      files.delete(known)
  return true
}

const added: Mutation = (files, pick) => {
  const folder = pick.of(filesOf(files, /\/$/)) ?? ''
  const name = pick.of(NAMES) ?? 'x'
  files.set(`${folder}${name}${pick.below(4) === 0 ? '/' : ''}`, new Uint8Array(0))
  if (pick.below(3) === 0) files.set(`${folder}${name}/meta.yaml`, bytes(pick.of(YAML) ?? ''))
  return true
}

const renamed: Mutation = (files, pick) => {
  const path = pick.of([...files.keys()])
  if (path === undefined) return false
  const end = path.endsWith('/') ? path.length - 1 : path.length
  const start = path.lastIndexOf('/', end - 1) + 1
  const next = path.slice(0, start) + (pick.of(NAMES) ?? 'x')
  for (const [known, content] of [...files]) {
    if (known !== path && !(path.endsWith('/') && known.startsWith(path))) continue
    files.delete(known)
    files.set(next + known.slice(end), content)
  }
  return true
}

/** A run's or an experiment's folder beside itself: the same ids twice. */
const copied: Mutation = (files, pick) => {
  const path = pick.of(filesOf(files, /^mlruns\/[^/]+\/(?:[^/]+\/)?$/))
  if (path === undefined || path === 'mlruns/') return false
  const to = pick.of(['mlruns/.trash/', 'mlruns/0/', 'mlruns/7/', 'mlruns/models/'])!
  const start = path.lastIndexOf('/', path.length - 2) + 1
  for (const [known, content] of [...files])
    if (known.startsWith(path)) files.set(to + known.slice(start), content)
  return true
}

/** All ways, those of most interest more than once. */
export const MUTATIONS: readonly Mutation[] = [
  ...[yamlValue, yamlValue, yamlValue, yamlKey, yamlKey, yamlWhole, metricLine, metricLine],
  ...[randomBytes, randomBytes, emptied, binary, removed, added, added, renamed, renamed, copied],
]

/** Changes of a zip file's bytes: some bytes turned, a stretch cut out, doubled or overwritten. */
export function mutateBytes(original: Uint8Array, pick: Pick): Uint8Array<ArrayBuffer> {
  const out = Uint8Array.from(original)
  const start = pick.below(out.length)
  const end = Math.min(out.length, start + 1 + pick.below(pick.below(4) === 0 ? out.length : 40))
  const kind = pick.below(8)
  if (kind === 0) return out.slice(0, start)
  if (kind === 1) return new Uint8Array(Buffer.concat([out.slice(0, start), out.slice(end)]))
  if (kind === 2) return new Uint8Array(Buffer.concat([out.slice(0, end), out.slice(start)]))
  if (kind === 3) out.fill(pick.below(256), start, end)
  else
    for (let n = 1 + pick.below(3); n > 0; n--)
      out[atRecord(out, pick)] = pick.of([0, 0xff, 0x7f, 0x80, pick.below(256)])!
  return out
}

/** Most often near the directory, where numbers are that lead elsewhere. */
function atRecord(out: Uint8Array, pick: Pick): number {
  if (pick.below(2) === 0) return pick.below(out.length)
  return out.length - 1 - pick.below(Math.min(out.length, pick.below(2) === 0 ? 22 : 20_000))
}
