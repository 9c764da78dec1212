import { transferHandlers, type TransferHandler } from 'comlink'
import { type ErrorCode, type ErrorPlace, toTrackletError, TrackletError } from '../errors.js'

/** An error as plain data, for a message. */
export interface ErrorMessage {
  readonly errorCode: ErrorCode
  readonly message: string
  /** The cause in words; null where there is none. */
  readonly cause: string | null
  /** Where a search's text is wrong; null for every other error. */
  readonly at: ErrorPlace | null
}

/** A thrown value of any kind as plain data. */
function errorToMessage(error: unknown): ErrorMessage {
  const { errorCode, message, cause, at } = toTrackletError(error)
  return { errorCode, message, cause: cause === undefined ? null : String(cause), at: at ?? null }
}

/** The error that `errorToMessage` was given, save that its cause is an Error with the cause's words. */
function messageToError({ errorCode, message, cause, at }: ErrorMessage): TrackletError {
  return new TrackletError(errorCode, message, {
    ...(cause === null ? {} : { cause: new Error(cause) }),
    ...(at === null ? {} : { at }),
  })
}

const NAME = 'throw'
const MARK = 'trackletError'

interface Thrown {
  readonly value: unknown
}

interface Wire {
  readonly [MARK]: ErrorMessage
}

let installed: TransferHandler<unknown, unknown> | undefined

/** Lets comlink carry TrackletErrors whole; what others throw through comlink goes on as it did. */
export function carryErrors(): void {
  const before = transferHandlers.get(NAME)
  if (before === undefined || before === installed) return
  installed = {
    canHandle: (value): value is unknown => before.canHandle(value),
    serialize(thrown) {
      const { value } = thrown as Thrown
      if (!(value instanceof TrackletError)) return before.serialize(thrown)
      return [{ [MARK]: errorToMessage(value) } satisfies Wire, []]
    },
    deserialize(wire) {
      if (isWire(wire)) throw messageToError(wire[MARK])
      return before.deserialize(wire)
    },
  }
  transferHandlers.set(NAME, installed)
}

function isWire(wire: unknown): wire is Wire {
  return typeof wire === 'object' && wire !== null && MARK in wire
}
