import { TrackletError, toTrackletError, type ErrorCode } from '../src/errors.js'

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'RESOURCE_DOES_NOT_EXIST',
  ENOTDIR: 'INVALID_PARAMETER_VALUE',
  EISDIR: 'INVALID_PARAMETER_VALUE',
  EEXIST: 'INVALID_PARAMETER_VALUE',
  ELOOP: 'INVALID_PARAMETER_VALUE',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
  ENOSPC: 'RESOURCE_EXHAUSTED',
  EMFILE: 'RESOURCE_EXHAUSTED',
}

/** What `work` gives, its errors in MLflow's codes and with the path. */
export async function translated<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(path, error)
  }
}

/** An error of node:fs as one of MLflow's codes. */
export function translate(path: string, error: unknown): TrackletError {
  const code = CODES[(error as NodeJS.ErrnoException | null)?.code ?? '']
  if (code === undefined) return toTrackletError(error)
  const reason = (error as Error).message
  return new TrackletError(code, `Local file ${JSON.stringify(path)}: ${reason}`, { cause: error })
}

/** INVALID_PARAMETER_VALUE for a path that is `what`. */
export function refusal(path: string, what: string): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Local path ${JSON.stringify(path)} is ${what}.`,
  )
}
