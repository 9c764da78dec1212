// Files and protocol: src/store/FORMAT.md, "LOCK".
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { TrackletError } from '../src/errors.js'
import { createExclusively, storageError, systemCode } from './filesystem-files.js'

/** Who holds a folder. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  /** When the process began, in the system's own measure; null where the system does not tell. */
  readonly started: string | null
  /** Changes with every start of the machine; null where the system does not tell. */
  readonly boot: string | null
  /** Where its socket listens: a name in the folder, or a whole path. */
  readonly socket: string
}

/** A folder that is held. */
export interface DirectoryLock {
  /** Lets the next one in; harmless when the lock was broken meanwhile. */
  release(): Promise<void>
}

/** Names of the lock's files in a folder. */
export const LOCK_FILE = /^(LOCK-\d{10}(-released)?|lock-[0-9a-f]{16}\.sock)$/

interface Ticket {
  readonly number: number
  /** Null where nobody holds it; 'unknown' where its text cannot be read. */
  readonly holder: LockHolder | 'unknown' | null
}

const TICKET = /^LOCK-(\d{10})(-released)?$/
const SOCKET = /^(lock|tracklet)-[0-9a-f]{16}\.sock$/
const SOCKET_PATH_BYTES = 100
const POLL_MS = 50

/**
 * Takes the folder for this process, until `release` or the process' end.
 * Waits up to `timeoutMs`, then RESOURCE_CONFLICT that names the holder.
 */
export async function lockDirectory(dir: string, timeoutMs: number): Promise<DirectoryLock> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const top = topTicket(dir)
    if (!top || !(await isHeld(dir, top))) {
      const lock = await tryTake(dir, (top?.number ?? 0) + 1)
      if (lock) return lock
      continue
    }
    const left = deadline - Date.now()
    if (left <= 0) throw heldError(dir, top, timeoutMs)
    await delay(Math.min(POLL_MS, left))
  }
}

/**
 * Breaks the lock of a folder whose holder is gone without a trace that this machine could see, as on another host.
 * Gives the holder that it put out, null where there was none. A holder that lives after all is fenced
 * by the next opening.
 */
export async function unlockDirectory(dir: string): Promise<LockHolder | null> {
  try {
    const top = topTicket(dir)
    if (!top || top.holder === null) return null
    renameReleased(dir, top.number)
    return top.holder === 'unknown' ? null : top.holder
  } catch (error) {
    throw storageError(error, dir)
  }
}

/**
 * Tickets are numbered and never used twice: who finds the last one dead may make the next, and of those who
 * try only one succeeds. Nothing is judged by a name that could meanwhile mean another holder.
 */
async function tryTake(dir: string, number: number): Promise<DirectoryLock | null> {
  const { server, address } = await listen(dir)
  let taken = false
  try {
    const ticket = new TextEncoder().encode(`${JSON.stringify(self(address))}\n`)
    if (!createExclusively(dir, ticketName(number), ticket)) return null
    taken = topTicket(dir)?.number === number
    if (!taken) fs.rmSync(join(dir, ticketName(number)), { force: true })
  } finally {
    if (!taken) await closed(server)
  }
  if (!taken) return null
  removeOlder(dir, number)
  return {
    release: async () => {
      renameReleased(dir, number)
      await closed(server)
    },
  }
}

function topTicket(dir: string): Ticket | null {
  let top: Ticket | null = null
  for (const name of fs.readdirSync(dir)) {
    const [, digits, released] = TICKET.exec(name) ?? []
    if (digits === undefined || Number(digits) < (top?.number ?? 0)) continue
    // Where both names of a number are there, it was released while its file was being remade.
    if (Number(digits) === top?.number && top.holder === null) continue
    const holder = released === undefined ? readHolder(join(dir, name)) : null
    top = { number: Number(digits), holder }
  }
  return top
}

function readHolder(path: string): LockHolder | 'unknown' {
  try {
    const holder = JSON.parse(fs.readFileSync(path, 'utf8')) as Partial<LockHolder>
    const { pid, host, started = null, boot = null, socket } = holder
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof socket !== 'string')
      return 'unknown'
    return { pid, host, started, boot, socket }
  } catch {
    return 'unknown'
  }
}

async function isHeld(dir: string, { holder }: Ticket): Promise<boolean> {
  if (holder === null) return false
  if (holder === 'unknown') return true
  const boot = bootId()
  const sameHost = holder.host === hostname()
  const sameBoot = holder.boot !== null && holder.boot === boot
  if (sameHost && holder.boot !== null && boot !== null && !sameBoot) return false
  const inFolder = basename(holder.socket) === holder.socket
  // Containers of one machine share its kernel, hence sockets in the folder, but neither names nor /tmp.
  if (!sameHost && !(sameBoot && inFolder)) return true
  const path = inFolder ? join(dir, holder.socket) : holder.socket
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES) return sameHost ? isAlive(holder) : true
  return answers(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => {
      resolve(!['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(systemCode(error)))
    })
  })
}

function isAlive(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
  }
  const started = startTime(holder.pid)
  return started === null || holder.started === null || started === holder.started
}

async function listen(dir: string): Promise<{ server: net.Server; address: string }> {
  const nonce = randomBytes(8).toString('hex')
  if (process.platform === 'win32') {
    const address = `\\\\.\\pipe\\tracklet-${nonce}`
    return { server: await listening(address), address }
  }
  const name = `lock-${nonce}.sock`
  const path = join(dir, name)
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES) {
    try {
      return { server: await listening(path), address: name }
    } catch (error) {
      if (['ENOENT', 'EROFS', 'EACCES', 'ENOSPC', 'EDQUOT'].includes(systemCode(error))) throw error
      // Some file systems hold no sockets.
    }
  }
  const address = join(tmpdir(), `tracklet-${nonce}.sock`)
  return { server: await listening(address), address }
}

function listening(path: string): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      server.unref()
      resolve(server)
    })
  })
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function removeOlder(dir: string, number: number): void {
  for (const name of fs.readdirSync(dir)) {
    const [, digits] = TICKET.exec(name) ?? []
    if (digits === undefined || Number(digits) >= number) continue
    const holder = readHolder(join(dir, name))
    if (holder !== 'unknown' && SOCKET.test(basename(holder.socket))) {
      const inFolder = basename(holder.socket) === holder.socket
      const place = inFolder ? dir : tmpdir()
      fs.rmSync(join(place, basename(holder.socket)), { force: true })
    }
    fs.rmSync(join(dir, name), { force: true })
  }
}

/** A rename, since it needs no space on a full disk. */
function renameReleased(dir: string, number: number): void {
  const name = join(dir, ticketName(number))
  try {
    fs.renameSync(name, `${name}-released`)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

function ticketName(number: number): string {
  return `LOCK-${String(number).padStart(10, '0')}`
}

function self(socket: string): LockHolder {
  const started = startTime(process.pid)
  return { pid: process.pid, host: hostname(), started, boot: bootId(), socket }
}

function bootId(): string | null {
  return readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null
}

/** Field 22 of Linux' /proc/<pid>/stat; what stands in brackets before may hold spaces. */
function startTime(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function readOrNull(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function heldError(dir: string, { holder }: Ticket, timeoutMs: number): TrackletError {
  const by =
    holder === 'unknown' || holder === null
      ? 'a process that left no name'
      : `process ${holder.pid} on "${holder.host}"`
  return new TrackletError(
    'RESOURCE_CONFLICT',
    `The store at "${dir}" is held by ${by} (waited ${timeoutMs} ms). Close it there or wait longer; ` +
      `if that process is surely gone, call unlockDirectory() of tracklet/adapters/filesystem.`,
  )
}
