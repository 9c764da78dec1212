import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readCredentials, type Credentials, type User } from '../src/rest/auth.js'
import { hashPassword, hashToken, isPassword } from './node-server-users.js'

const MAX_REMEMBERED = 1_000
const MAX_WAITING = 32

/** What became of a login. `busy`: too many others are being checked. */
export type LoginResult = User | 'unknown' | 'busy'

/**
 * Tells who a request comes from. Checking a password takes some 50 ms of a processor on purpose, so one is checked at
 * a time, and one that was right is remembered (as a keyed hash) while the process runs.
 */
export class Login {
  readonly #users: readonly User[]
  readonly #key = randomBytes(32)
  readonly #remembered = new Map<string, User>()
  /** What a name that is not there is checked against, so that it takes as long as one that is. */
  readonly #nobody = hashPassword(randomBytes(32).toString('hex'))
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  /** The users, whose names differ. */
  constructor(users: readonly User[]) {
    this.#users = users
  }

  /** The user of an Authorization header. */
  async login(header: string | null): Promise<LoginResult> {
    const credentials = readCredentials(header)
    if (credentials === null) return 'unknown'
    if (credentials.scheme === 'bearer') return this.#byToken(credentials.token)
    const key = this.#keyOf(credentials)
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    if (this.#waiting >= MAX_WAITING) return 'busy'
    const user = await this.#inTurn(
      () => this.#remembered.get(key) ?? this.#byPassword(credentials),
    )
    if (user === null) return 'unknown'
    this.#remember(key, user)
    return user
  }

  #byToken(token: string): User | 'unknown' {
    const given = Buffer.from(hashToken(token))
    // Every user is looked at, whoever it is.
    const found = this.#users.filter((user) => {
      const hash = Buffer.from(user.token ?? '')
      return hash.length === given.length && timingSafeEqual(hash, given)
    })
    return found[0] ?? 'unknown'
  }

  async #byPassword({ name, password }: Basic): Promise<User | null> {
    const user = this.#users.find((each) => each.name === name && each.password !== undefined)
    const isRight = await isPassword(password, user?.password ?? (await this.#nobody))
    return isRight && user !== undefined ? user : null
  }

  async #inTurn<T>(check: () => T | Promise<T>): Promise<T> {
    this.#waiting++
    const mine = this.#last.then(check)
    this.#last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      this.#waiting--
    }
  }

  #remember(key: string, user: User): void {
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size < MAX_REMEMBERED) break
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(key, user)
  }

  #keyOf({ name, password }: Basic): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([name, password]))
      .digest('base64')
  }
}

type Basic = Extract<Credentials, { scheme: 'basic' }>
