import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { FileAccess, OpenFile, WalkedFile } from '../src/artifacts/file-access.js'
import { refusal, translate, translated } from './node-file-errors.js'
import { openNewFolder } from './node-new-folder.js'

const CHUNK = 256 * 1024

/** The files of this machine, through node:fs. Links are followed; sockets, devices and pipes are refused. */
export function nodeFiles(): FileAccess {
  return { openFile, walk: (directory) => walk(directory, '', []), writeFile, openNewFolder }
}

async function openFile(path: string): Promise<OpenFile> {
  const found = await translated(path, () => stat(path))
  if (!found.isFile())
    throw refusal(path, found.isDirectory() ? 'a directory; use logArtifacts' : 'no plain file')
  const stream = (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: CHUNK })
  return { size: found.size, name: basename(resolve(path)), stream: () => readAll(path, stream()) }
}

async function* readAll(
  path: string,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch (error) {
    throw translate(path, error)
  }
}

async function* walk(
  directory: string,
  prefix: string,
  above: readonly string[],
): AsyncGenerator<WalkedFile> {
  const real = await translated(directory, () => realpath(directory))
  if (above.includes(real)) throw refusal(directory, 'a link to a directory above it')
  const names = await translated(directory, () => readdir(real))
  for (const name of names.sort()) {
    const path = join(directory, name)
    const found = await translated(path, () => stat(path))
    if (found.isDirectory()) yield* walk(path, `${prefix}${name}/`, [...above, real])
    else if (found.isFile()) yield { path: prefix + name, open: () => openFile(path) }
    else throw refusal(path, 'no plain file')
  }
}

async function writeFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await translated(path, () => mkdir(dirname(path), { recursive: true }))
  const draft = `${path}.${randomBytes(6).toString('hex')}.part`
  try {
    const file = await translated(path, () => open(draft, 'wx'))
    try {
      for await (const bytes of content) await translated(path, () => file.writeFile(bytes))
    } finally {
      await file.close()
    }
    await translated(path, () => rename(draft, path))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
