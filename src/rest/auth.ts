/** What a user may do with the whole store: look, also log and make, also delete and restore. */
export type Role = 'read' | 'edit' | 'manage'

/** The roles, each with all that the ones before it may. */
export const ROLES: readonly Role[] = ['read', 'edit', 'manage']

/** A user of a server. Secrets are kept as hashes, whose making and checking is a platform's. */
export interface User {
  readonly name: string
  readonly role: Role
  /** The hash of the password, for Basic. */
  readonly password?: string
  /** The hash of the token, for Bearer. */
  readonly token?: string
}

/** What a client says who it is. */
export type Credentials =
  | { readonly scheme: 'basic'; readonly name: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }

/** Reads an Authorization header; null where there is none that can be read. */
export function readCredentials(header: string | null): Credentials | null {
  const [, scheme = '', value = ''] = /^(basic|bearer) +([^\s]+) *$/i.exec(header ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value }
  const text = scheme === '' ? null : base64ToText(value)
  const colon = text?.indexOf(':') ?? -1
  if (text === null || colon === -1) return null
  return { scheme: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Whether a role has all that another one may. */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

/** MLflow's answer to a client that has not said, or not proved, who it is. */
export function unauthenticated(): Response {
  return new Response(
    'You are not authenticated. Please see ' +
      'https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow ' +
      'on how to authenticate.',
    {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="mlflow"', 'content-type': 'text/plain' },
    },
  )
}

/** MLflow's answer to a user whose role is not enough. */
export function forbidden(): Response {
  return new Response('Permission denied', {
    status: 403,
    headers: { 'content-type': 'text/plain' },
  })
}

function base64ToText(base64: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
