import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pathToFileURL } from 'node:url'
import { PEERS } from './variables.js'

const BETTER_SQLITE: Peer = {
  name: 'better-sqlite3',
  /** The last major that supports Node 20. */
  version: '11',
  proof: 'better-sqlite3/build/Release/better_sqlite3.node',
}
const DUCKDB: Peer = {
  name: '@duckdb/node-api',
  version: '1.5.6-r.1',
  proof: '@duckdb/node-api/package.json',
}

interface Peer {
  readonly name: string
  readonly version: string
  /** A file that is there once it is installed. */
  readonly proof: string
}

/** The part of better-sqlite3 that the benchmarks use. */
export interface BetterSqlite {
  exec(sql: string): unknown
  prepare(sql: string): {
    run(...values: unknown[]): unknown
    get(...values: unknown[]): unknown
    all(...values: unknown[]): unknown[]
  }
  close(): unknown
}

/** The part of DuckDB that the benchmarks use. */
export interface DuckConnection {
  run(sql: string): Promise<unknown>
  prepare(sql: string): Promise<DuckStatement>
  createAppender(table: string): Promise<DuckAppender>
  closeSync(): void
}

/** A prepared statement of DuckDB. */
export interface DuckStatement {
  bind(values: readonly unknown[]): void
  runAndReadAll(): Promise<{ getRowObjects(): Record<string, unknown>[] }>
}

/** Adds rows to a table of DuckDB, value by value. */
export interface DuckAppender {
  appendVarchar(value: string): void
  appendDouble(value: number): void
  appendBigInt(value: bigint): void
  endRow(): void
  flushSync(): void
  closeSync(): void
}

/**
 * Installs better-sqlite3 and DuckDB, outside the checkout, where they are not there yet. `folder` is null where
 * neither could be; `versions` says what there is.
 */
export async function installPeers(): Promise<{ folder: string | null; versions: string[] }> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(cache, 'tracklet-bench', `node-${process.versions.modules}`)
  const peers = [BETTER_SQLITE, DUCKDB]
  for (const peer of peers) if (!isInstalled(folder, peer)) await install(folder, peer)
  return {
    folder: peers.some((peer) => isInstalled(folder, peer)) ? folder : null,
    versions: peers.map((peer) =>
      isInstalled(folder, peer) ? `${peer.name} ${peer.version}` : `${peer.name} absent`,
    ),
  }
}

/** Opens a database file with better-sqlite3; null where it is not installed. */
export function openBetterSqlite(path: string): BetterSqlite | null {
  const folder = process.env[PEERS]
  if (!folder || !isInstalled(folder, BETTER_SQLITE)) return null
  const require = createRequire(join(folder, 'package.json'))
  const Database = require('better-sqlite3') as new (path: string) => BetterSqlite
  return new Database(path)
}

/** Opens a database file with DuckDB; null where it is not installed. */
export async function openDuckdb(path: string): Promise<DuckConnection | null> {
  const folder = process.env[PEERS]
  if (!folder || !isInstalled(folder, DUCKDB)) return null
  const require = createRequire(join(folder, 'package.json'))
  const url = pathToFileURL(require.resolve(DUCKDB.name)).href
  const { DuckDBInstance } = (await import(url)) as {
    DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<DuckConnection> }> }
  }
  return (await DuckDBInstance.create(path)).connect()
}

async function install(folder: string, { name, version }: Peer): Promise<void> {
  await mkdir(folder, { recursive: true })
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', `${name}@${version}`]
  await promisify(execFile)('npm', args).catch(() => null)
}

function isInstalled(folder: string, { proof }: Peer): boolean {
  return existsSync(join(folder, 'node_modules', proof))
}
