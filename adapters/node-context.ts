import { readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { MLFLOW_TAGS } from '../src/entities/mlflow-tags.js'
import { TrackletError } from '../src/errors.js'

/** Where the tags of new runs come from. */
export interface ContextSource {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The program's script, as `process.argv[1]` has it. */
  readonly script: string | undefined
}

/**
 * The tags that new runs of this process begin with: user, source, the script's git commit, branch and repository,
 * and those of MLFLOW_RUN_CONTEXT. INVALID_PARAMETER_VALUE when that is no JSON object of texts.
 */
export function nodeContext({ env, script }: ContextSource): Record<string, string> {
  return {
    ...optional(MLFLOW_TAGS.user, env['MLFLOW_TRACKING_USERNAME'] ?? userName()),
    [MLFLOW_TAGS.sourceName]: script ?? '<console>',
    [MLFLOW_TAGS.sourceType]: 'LOCAL',
    ...(script === undefined ? {} : gitTags(dirname(resolve(script)))),
    ...runContext(env['MLFLOW_RUN_CONTEXT']),
  }
}

/** Tags for the git work tree that a directory is in, read from `.git` without running git; none outside of one. */
export function gitTags(directory: string): Record<string, string> {
  const git = gitDirectory(directory)
  if (git === null) return {}
  const head = read(join(git, 'HEAD'))
  const ref = head === null ? undefined : /^ref: (.+)$/.exec(head)?.[1]
  const common = commonDirectory(git)
  const commit = ref === undefined ? head : resolveRef(git, common, ref)
  return {
    ...optional(MLFLOW_TAGS.gitCommit, commit ?? undefined),
    ...optional(MLFLOW_TAGS.gitBranch, ref?.replace(/^refs\/heads\//, '')),
    ...optional(MLFLOW_TAGS.gitRepoUrl, originUrl(common)),
  }
}

function gitDirectory(from: string): string | null {
  for (let directory = from; ; directory = dirname(directory)) {
    const path = join(directory, '.git')
    const kind = statSync(path, { throwIfNoEntry: false })
    if (kind?.isDirectory()) return path
    if (kind?.isFile()) {
      const target = /^gitdir: (.+)$/.exec(read(path) ?? '')?.[1]
      return target === undefined ? null : resolve(directory, target)
    }
    if (dirname(directory) === directory) return null
  }
}

/** A linked work tree keeps refs and config in the main one. */
function commonDirectory(git: string): string {
  const common = read(join(git, 'commondir'))
  return common === null ? git : resolve(git, common)
}

function resolveRef(git: string, common: string, ref: string): string | null {
  const loose = read(join(git, ref)) ?? read(join(common, ref))
  if (loose !== null) return loose
  const packed = (read(join(common, 'packed-refs')) ?? '').split('\n')
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0] ?? null
}

function originUrl(common: string): string | undefined {
  const config = read(join(common, 'config')) ?? ''
  const section = /^\[remote "origin"\]\s*\n((?:(?!\[).*\n?)*)/m.exec(config)?.[1]
  const url = /^\s*url\s*=\s*(.+?)\s*$/m.exec(section ?? '')?.[1]
  // A token in the URL is no business of a run's readers.
  return url?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*:[^/@]*@/i, '$1')
}

function runContext(text: string | undefined): Record<string, string> {
  if (text === undefined || text === '') return {}
  const tags = parse(text)
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) throw badContext()
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badContext(error)
  }
}

function badContext(cause?: unknown): TrackletError {
  const message = 'MLFLOW_RUN_CONTEXT must be a JSON object of tags, such as {"team": "vision"}.'
  return new TrackletError('INVALID_PARAMETER_VALUE', message, cause === undefined ? {} : { cause })
}

function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // A container may run under a user id that has no name.
    return undefined
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}

function optional(name: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' ? {} : { [name]: value }
}
