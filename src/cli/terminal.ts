import type { Tracker } from '../client/tracker.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import type { ServerPort } from './server-port.js'

/** Where text goes: standard output or standard error. */
export interface Screen {
  /** The characters in a line of the terminal; null for a pipe or a file, where nothing is cut. */
  readonly columns: number | null
  /** Whether escape sequences for colour are wanted. */
  readonly colour: boolean
  /** Resolves when the text was taken. OutputClosed once the reader has gone. */
  write(text: string | Uint8Array): Promise<void>
}

/** A folder of the user's. */
export interface Folder {
  readonly path: string
  /** Its files, under any id; nothing outside of it is touched, and a file that is there is whole. */
  readonly files: ArtifactStore
  /** Where a file or folder of it is. */
  pathOf(file: string): string
  /** Takes it away, if it was made for this. */
  discard(): Promise<void>
}

/** A file or folder to be, which has its name only once it is whole. */
export interface NewOutput {
  /** Where it will be. */
  readonly path: string
  /** Where it is written; nothing is there yet. */
  readonly temporary: string
  /** Gives it its name. RESOURCE_ALREADY_EXISTS where that was taken meanwhile. */
  keep(): Promise<void>
  /** Takes away what was written. */
  discard(): Promise<void>
}

/** What a command line needs of its platform. */
export interface Platform {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: Screen
  readonly err: Screen
  /**
   * Opens the store that the user named. Where it is not there and `create` is false: RESOURCE_DOES_NOT_EXIST, or with
   * `orEmpty` an empty one of no lasting.
   */
  openTracker(options: { create: boolean; orEmpty?: boolean }): Promise<Tracker>
  /**
   * From now on, asking the process to end aborts the signal, with an Interrupted as its reason; asking once more ends it
   * at once. Absent where nobody can ask.
   */
  interruption?(): AbortSignal
  /** What serves the store that the user named; absent where the platform cannot listen. */
  openServer?(): Promise<ServerPort>
  /**
   * Opens a folder: one of this path, made where it is not there and `create` is true, or a new one for the moment.
   * Absent where the platform has none.
   */
  openFolder?(options: { path?: string; create: boolean }): Promise<Folder>
  /**
   * Begins a file or a folder. RESOURCE_ALREADY_EXISTS for a file that is there, unless `force`, and for a folder that is
   * not empty. Absent where the platform has none.
   */
  openOutput?(options: { path: string; force: boolean; isFolder: boolean }): Promise<NewOutput>
  /** Writes a file, over one that is there. INVALID_PARAMETER_VALUE where it cannot be written. */
  writeFile(path: string, content: ReadableStream<Uint8Array>): Promise<void>
}

/** The user, or the system, wants the process to end. */
export class Interrupted extends Error {
  /** What a shell gives for the signal: 129 for SIGHUP, 130 for SIGINT, 143 for SIGTERM. */
  readonly exitCode: 129 | 130 | 143

  constructor(exitCode: 129 | 130 | 143) {
    super('Interrupted.')
    this.name = 'Interrupted'
    this.exitCode = exitCode
  }
}

/** Nobody reads the output any more, as after `| head`: there is nothing left to do, and nothing to complain of. */
export class OutputClosed extends Error {
  /** The error has no message for anybody. */
  constructor() {
    super('The output is closed.')
    this.name = 'OutputClosed'
  }
}
