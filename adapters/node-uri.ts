import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StorageAdapter } from '../src/adapter.js'
import { TrackletError } from '../src/errors.js'
import { filesystemAdapter } from './filesystem.js'
import { memoryAdapter } from './memory.js'

/** A store's adapter, and the directory that it is in, if it is in one. */
export interface UriTarget {
  readonly adapter: StorageAdapter
  readonly path: string | null
}

const SCHEME = /^([a-z][a-z0-9+.-]+):/i
const DATABASES = /^(sqlite|postgresql|mysql|mssql)(\+.*)?$/

/**
 * The adapter that a URI stands for in Node. INVALID_PARAMETER_VALUE for what Node has not or tracklet is not,
 * NOT_IMPLEMENTED for what a later version opens; the messages say what to do.
 */
export async function uriToAdapter(uri: string): Promise<UriTarget> {
  if (typeof uri !== 'string' || uri === '')
    throw invalid('A store is named by a directory or a URI, such as ./.tracklet or memory:')
  // One letter is a Windows drive.
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined) return directory(uri)
  if (scheme === 'file') return directory(fileUriToPath(uri))
  if (scheme === 'memory') return { adapter: memory(uri), path: null }
  throw refusal(uri, scheme)
}

function memory(uri: string): StorageAdapter {
  const name = uri.slice('memory:'.length)
  return name === '' ? memoryAdapter() : memoryAdapter(name)
}

function fileUriToPath(uri: string): string {
  const path = uri.slice('file:'.length)
  if (path === '') throw invalid(`'${uri}' names no directory. Try file:./.tracklet`)
  return path.startsWith('//') ? fileURLToPath(uri) : decode(path, uri)
}

function decode(path: string, uri: string): string {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    throw new TrackletError('INVALID_PARAMETER_VALUE', `'${uri}' is no valid URI.`, {
      cause: error,
    })
  }
}

async function directory(path: string): Promise<UriTarget> {
  const full = resolve(path)
  const names = await namesIn(full)
  if (!names.includes('CURRENT') && (await isMlflowTree(full, names)))
    throw invalid(
      `${full} holds MLflow's own files. tracklet keeps a store of its own: choose another directory, ` +
        'such as ./.tracklet. Nothing was changed.',
    )
  return { adapter: filesystemAdapter(full), path: full }
}

async function namesIn(path: string): Promise<string[]> {
  const kind = await stat(path).catch(() => null)
  if (kind === null) return []
  if (!kind.isDirectory()) throw invalid(`${path} is a file. A store is a directory.`)
  return readdir(path)
}

/** MLflow's file store has a meta.yaml in each experiment's folder; newer versions keep a database file. */
async function isMlflowTree(path: string, names: readonly string[]): Promise<boolean> {
  if (names.includes('mlflow.db') || names.includes('meta.yaml')) return true
  for (const name of names)
    if (/^\d+$/.test(name) && (await stat(join(path, name, 'meta.yaml')).catch(() => null)))
      return true
  return false
}

function refusal(uri: string, scheme: string): TrackletError {
  if (scheme === 'idb' || scheme === 'opfs')
    return invalid(`'${uri}' is a browser's storage. In Node give a directory, such as ./.tracklet`)
  if (scheme === 'http' || scheme === 'https')
    return new TrackletError(
      'NOT_IMPLEMENTED',
      'A tracking server has no storage of this process: give a directory, such as ./.tracklet, or open the server ' +
        'with openTracker(url).',
    )
  if (DATABASES.test(scheme))
    return new TrackletError(
      'NOT_IMPLEMENTED',
      `'${uri}' is a database of MLflow's. tracklet keeps a store of its own: give a directory, such as ` +
        './.tracklet, and bring the database in with importFrom or `tracklet import`.',
    )
  return invalid(`'${uri}' has an unknown scheme. Give a directory, file:directory or memory:name.`)
}

function invalid(message: string): TrackletError {
  return new TrackletError('INVALID_PARAMETER_VALUE', message)
}
