import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PEERS } from './variables.js'

/** The last major that supports Node 20. */
const BETTER_SQLITE = 'better-sqlite3@11'

/** The part of better-sqlite3 that the benchmarks use. */
export interface BetterSqlite {
  exec(sql: string): unknown
  prepare(sql: string): {
    run(...values: unknown[]): unknown
    get(...values: unknown[]): unknown
  }
  close(): unknown
}

/** Installs better-sqlite3, outside the checkout, where it is not there yet; null where that fails. */
export async function installPeers(): Promise<string | null> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(cache, 'tracklet-bench', `node-${process.versions.modules}`)
  if (isInstalled(folder)) return folder
  await mkdir(folder, { recursive: true })
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', BETTER_SQLITE]
  await promisify(execFile)('npm', args).catch(() => null)
  return isInstalled(folder) ? folder : null
}

/** Opens a database file with better-sqlite3; null where it is not installed. */
export function openBetterSqlite(path: string): BetterSqlite | null {
  const folder = process.env[PEERS]
  if (!folder) return null
  const require = createRequire(join(folder, 'package.json'))
  const Database = require('better-sqlite3') as new (path: string) => BetterSqlite
  return new Database(path)
}

function isInstalled(folder: string): boolean {
  return existsSync(join(folder, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'))
}
