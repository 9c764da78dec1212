import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { TrackletError } from '../src/errors.js'
import { ROLES, type Role, type User } from '../src/rest/auth.js'

const derive = promisify<string, Buffer, number, ScryptCost, Buffer>(scrypt)

/** Of MLflow's basic auth. */
const MIN_PASSWORD = 12
const MAX_PASSWORD = 1024
const COST: ScryptCost = { N: 16_384, r: 8, p: 1 }
const KEY_BYTES = 32

interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/**
 * The users of a file: JSON lines of `{"name", "role", "password"?, "token"?}`, the last two being hashes; empty lines
 * and lines that begin with `#` are left out. INVALID_PARAMETER_VALUE names the line that is wrong.
 */
export async function readUsers(path: string): Promise<readonly User[]> {
  const lines = (await textOf(path)).split('\n')
  const users = lines.flatMap((line, index) =>
    isEntry(line) ? [toUser(line, `${path}:${index + 1}`)] : [],
  )
  const names = new Set(users.map(({ name }) => name))
  if (names.size < users.length) throw invalid(`${path} has a user twice.`)
  if (users.length === 0)
    throw invalid(
      `${path} has no users. \`tracklet server add-user --users ${path} NAME\` adds one.`,
    )
  return users
}

/** Puts a user into a file, in place of one of the same name; the file is made where there is none, for its owner only. */
export async function writeUser(path: string, user: User): Promise<{ readonly replaced: boolean }> {
  const lines = (await textOf(path).catch(emptyIfMissing)).split('\n').filter((line) => line !== '')
  const others = lines.filter(
    (line, index) => !isEntry(line) || toUser(line, `${path}:${index + 1}`).name !== user.name,
  )
  const text = [...others, JSON.stringify(user)].join('\n')
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw cannot('write', path, error)
  }
  return { replaced: others.length < lines.length }
}

/** Refuses a name that HTTP cannot carry. */
export function validateUserName(name: string): void {
  if (name === '' || name.length > 250 || /[:\p{Cc}]/u.test(name))
    throw invalid(
      'The name of a user has 1 to 250 characters, without colons and control characters.',
    )
}

/** The hash of a password, with a salt of its own. INVALID_PARAMETER_VALUE where it is too short or too long. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD)
    throw invalid(`A password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`)
  const salt = randomBytes(16)
  const key = await derive(password, salt, KEY_BYTES, COST)
  const { N, r, p } = COST
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Whether a password is the one of a hash. It takes its time: some 50 ms. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const { cost, salt, key } = readHash(hash)
  const given = await derive(password.slice(0, MAX_PASSWORD + 1), salt, key.length, cost)
  return timingSafeEqual(given, key)
}

/** A new token, which nobody can guess, and its hash. */
export function makeToken(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashToken(token) }
}

/** The hash of a token: one that was drawn at random needs no salt and no cost. */
export function hashToken(token: string): string {
  return `sha256$${createHash('sha256').update(token).digest('base64url')}`
}

function readHash(hash: string): { cost: ScryptCost; salt: Buffer; key: Buffer } {
  const [kind, N, r, p, salt = '', key = ''] = hash.split('$')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const bytes = { salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
  const isSound =
    kind === 'scrypt' && isCost(cost) && bytes.salt.length >= 8 && bytes.key.length >= KEY_BYTES
  if (!isSound) throw invalid('A password is kept as scrypt$N$r$p$salt$hash.')
  return { cost, ...bytes }
}

/** What Node's scrypt takes with the memory that it has by default. */
function isCost({ N, r, p }: ScryptCost): boolean {
  const isSound = [N, r, p].every((number) => Number.isSafeInteger(number) && number > 0)
  return isSound && N >= 2 && Number.isInteger(Math.log2(N)) && 128 * N * r < 2 ** 25 && p <= 16
}

function toUser(line: string, place: string): User {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw invalid(`${place} is no JSON. A line is {"name": ..., "role": ..., "password": ...}.`)
  }
  const { name, role, password, token } = (value ?? {}) as Record<string, unknown>
  if (typeof name !== 'string') throw invalid(`${place} has no name.`)
  validateUserName(name)
  if (!ROLES.includes(role as Role))
    throw invalid(`${place} has no role; it is one of ${ROLES.join(', ')}.`)
  if (typeof password === 'string') readHash(password)
  else if (typeof token !== 'string' || !/^sha256\$[\w-]{43}$/.test(token))
    throw invalid(`${place} has neither the hash of a password nor that of a token.`)
  return {
    name,
    role: role as Role,
    ...(typeof password === 'string' && { password }),
    ...(typeof token === 'string' && { token }),
  }
}

function isEntry(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('#')
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw cannot('read', path, error)
  })
}

function emptyIfMissing(error: unknown): string {
  const { cause } = error as { cause?: { code?: string } }
  if (cause?.code === 'ENOENT') return ''
  throw error
}

function cannot(verb: 'read' | 'write', path: string, error: unknown): TrackletError {
  const reason = error instanceof Error ? error.message : String(error)
  return new TrackletError('INVALID_PARAMETER_VALUE', `Cannot ${verb} the users: ${reason}`, {
    cause: error,
  })
}

function invalid(message: string): TrackletError {
  return new TrackletError('INVALID_PARAMETER_VALUE', message)
}
