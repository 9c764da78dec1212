import { TrackletError } from '../../errors.js'
import { hasFile, joinPath, MAX_TEXT_BYTES } from '../../import/file-tree.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceFile } from '../../import/source.js'
import { ahead } from '../../util/ahead.js'
import { collectBytes } from '../../util/concatenate.js'
import { BadMeta, readMeta } from './meta.js'
import type { Meta } from './meta.js'
import { lastName } from '../../util/last-name.js'

/** What operating systems leave in folders, and nobody has put there. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '__MACOSX'])

const LONGEST_REASON = 500

/** Whether a name is that of a file which an operating system has left. */
export function isLitter(name: string): boolean {
  return LITTER.has(name) || name.startsWith('._')
}

/** Bytes of texts that one tree may have, as all of them are held until its import ends. */
const MOST_TEXT = 2 ** 29
const bytesRead = new WeakMap<FileTree, number>()

async function* counted(
  tree: FileTree,
  parts: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const part of parts) {
    const all = (bytesRead.get(tree) ?? 0) + part.length
    if (all > MOST_TEXT)
      throw new TrackletError(
        'RESOURCE_EXHAUSTED',
        'Params, tags and meta.yaml files have more than 512 MiB together: import a part of it at a time.',
      )
    bytesRead.set(tree, all)
    yield part
  }
}

/** A file's text; BadMeta where it is not UTF-8, or longer than any such text is. */
export async function readText(
  tree: FileTree,
  path: string,
  content = tree.parts(path),
): Promise<string> {
  const bytes = await collectBytes(
    counted(tree, content),
    MAX_TEXT_BYTES,
    () => new BadMeta(`it is longer than ${MAX_TEXT_BYTES} bytes`),
  )
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new BadMeta('it is not UTF-8')
  }
}

/** A folder's meta.yaml, or file of another name; null, and doubted, where it is missing or cannot be read. */
export async function metaOf(
  tree: FileTree,
  folder: string,
  doubt: Doubt,
  file = 'meta.yaml',
): Promise<Meta | null> {
  const path = `${folder}/${file}`
  if (!hasFile(await tree.list(folder), file)) {
    doubt(folder, `It has no ${file}: it was left out.`)
    return null
  }
  return doubting(path, doubt, () => readMetaFile(tree, path))
}

/** What belongs in a folder beside that which is looked for. */
interface Beside {
  readonly folders?: readonly string[]
  readonly file?: string
}

/** The folders in a folder, without those that are there for something else. Doubts files that are strange there. */
export async function* foldersIn(
  tree: FileTree,
  folder: string,
  doubt: Doubt,
  { folders = [], file }: Beside = {},
): AsyncGenerator<{ readonly name: string; readonly path: string }, void, undefined> {
  for (const { name, isDir } of await tree.list(folder)) {
    if (isLitter(name) || (isDir ? folders.includes(name) : name === file)) continue
    const path = joinPath(folder, name)
    if (isDir) yield { name, path }
    else doubtStranger(path, doubt)
  }
}

/** Doubts what lies in a folder beside its `file` and the `folders` that belong in it. */
export async function doubtStrangers(
  tree: FileTree,
  folder: string,
  folders: readonly string[],
  doubt: Doubt,
  file = 'meta.yaml',
): Promise<void> {
  for await (const { path } of foldersIn(tree, folder, doubt, { folders, file }))
    doubtStranger(path, doubt)
}

/** Doubts what no file store has where it is. */
export function doubtStranger(path: string, doubt: Doubt): void {
  doubt(path, 'It is no part of a file store: it was left out.')
}

/** The mapping in a file; BadMeta where there is none. */
export async function readMetaFile(tree: FileTree, path: string): Promise<Meta> {
  return readMeta(await readText(tree, path))
}

/** What `read` gives; null, and doubted, where it finds a bad meta.yaml. */
export async function doubting<T>(
  path: string,
  doubt: Doubt,
  read: () => Promise<T>,
): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof BadMeta)) throw error
    // It may cite what was read.
    doubt(path, `${error.message.slice(0, LONGEST_REASON)}: it was left out.`)
    return null
  }
}

/** Every file below a folder, by path below it, however deep. */
export async function* filesBelow(
  tree: FileTree,
  folder: string,
  below = '',
): AsyncGenerator<{ readonly path: string; readonly size: number }, void, undefined> {
  for (const { name, isDir, size } of await tree.list(joinPath(folder, below))) {
    const path = joinPath(below, name)
    if (isDir) yield* filesBelow(tree, folder, path)
    else yield { path, size }
  }
}

/** Files read before they are asked for, and the most bytes of each. */
const AHEAD = 8
const SMALL = 256 * 1024

/** A file below a folder, and its content, which may be read once. */
interface OpenedFile {
  /** Below the folder. */
  readonly path: string
  readonly parts: AsyncIterable<Uint8Array>
}

/**
 * Every file below a folder that somebody has put there. The next few small ones are read while one is used: opening a file
 * takes longer than reading it.
 */
export function openedBelow(tree: FileTree, folder: string): AsyncIterable<OpenedFile> {
  return ahead(openBelow(tree, folder), AHEAD)
}

async function* openBelow(
  tree: FileTree,
  folder: string,
): AsyncGenerator<OpenedFile, void, undefined> {
  for await (const { path, size } of filesBelow(tree, folder)) {
    if (isLitter(lastName(path))) continue
    const parts = tree.parts(`${folder}/${path}`)
    yield { path, parts: size > SMALL ? parts : readNow(parts) }
  }
}

/** Parts that are read at once; an error is thrown when they are asked for. */
function readNow(parts: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const all = collectBytes(parts)
  all.catch(() => undefined)
  return (async function* () {
    yield await all
  })()
}

/** The files below a folder, such as the `artifacts` of a run. */
export async function* filesIn(
  tree: FileTree,
  folder: string,
): AsyncGenerator<SourceFile, void, undefined> {
  for await (const { path, size } of filesBelow(tree, folder))
    yield { path, size, parts: () => tree.parts(joinPath(folder, path)) }
}

/** Files whose content is the value of the key that their path is: params, tags. */
export async function textsBelow(
  tree: FileTree,
  folder: string,
  doubt: Doubt,
): Promise<Record<string, string>> {
  const entries: [string, string][] = []
  for await (const { path, parts } of openedBelow(tree, folder)) {
    const file = `${folder}/${path}`
    const text = await doubting(file, doubt, () => readText(tree, file, parts))
    if (text !== null) entries.push([path, text])
  }
  return Object.fromEntries(entries)
}
