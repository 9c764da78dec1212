import type { FileTree } from '../../../src/import/file-tree.js'
import { TrackletError } from '../../../src/errors.js'
import { blobSource } from '../../../src/import/byte-source.js'
import { openZip, type ZipLimits } from '../../../src/zip/zip-tree.js'
import { zipChunks, type ZipEntry } from '../../../src/zip/zip-writer.js'

/** An archive's bytes, as our writer makes them. */
export async function zip(entries: Iterable<ZipEntry>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of zipChunks(toAsync(entries))) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

/** Opens bytes in memory. */
export function open(bytes: Uint8Array<ArrayBuffer>, limits?: ZipLimits): Promise<FileTree> {
  return openZip(blobSource(new Blob([bytes])), limits)
}

/** All below a folder of a tree: content by path; folders end with `/` and have none. */
export async function contents(tree: FileTree, folder = ''): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>()
  for (const { name, isDir, size } of await tree.list(folder)) {
    const path = folder === '' ? name : `${folder}/${name}`
    if (isDir) {
      all.set(`${path}/`, Buffer.alloc(0))
      for (const [inner, bytes] of await contents(tree, path)) all.set(inner, bytes)
      continue
    }
    const parts: Uint8Array[] = []
    for await (const part of tree.parts(path)) parts.push(part)
    const bytes = Buffer.concat(parts)
    if (bytes.length !== size) throw new Error(`'${path}' has ${bytes.length} bytes, not ${size}`)
    all.set(path, bytes)
  }
  return all
}

/** What an archive holds, and what was left out of it. */
export async function read(
  bytes: Uint8Array<ArrayBuffer>,
  limits?: ZipLimits,
): Promise<{ files: Map<string, Buffer>; leftOut: FileTree['leftOut'] }> {
  const tree = await open(bytes, limits)
  const files = await contents(tree)
  await tree.close()
  return { files, leftOut: tree.leftOut }
}

/** The error code with which reading fails; any other error is thrown on. Null where it does not fail. */
export async function codeOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof TrackletError) return error.errorCode
    throw error
  }
}

async function* toAsync<T>(items: Iterable<T>): AsyncGenerator<T, void, undefined> {
  for (const item of items) yield await Promise.resolve(item)
}
