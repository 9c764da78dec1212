import { TrackletError } from '../errors.js'
import type { Command } from './commands.js'
import { shapePoints, type PointsShape } from './record-columns.js'

/** The format version of the records that this code writes. */
export const RECORD_VERSION = 1

/** A command as a record's JSON has it: of points only their shape, their columns follow the JSON. */
export type JsonCommand = Exclude<Command, { t: 'points' }> | PointsShape

/** What a record's JSON says; `clients` as in `JournalRecord`. */
export interface Payload {
  readonly clients: Readonly<Record<string, number>>
  readonly commands: readonly JsonCommand[]
}

/** Step `n` turns a payload of version n into one of version n + 1. */
const UPCASTS: Readonly<Record<number, (payload: Payload) => Payload>> = {}

/** The commands that this code knows; the compiler asks for every one. */
const KNOWN: Readonly<Record<Command['t'], true>> = {
  defineKey: true,
  createExperiment: true,
  renameExperiment: true,
  setExperimentTag: true,
  deleteExperimentTag: true,
  deleteExperiment: true,
  restoreExperiment: true,
  purgeExperiment: true,
  createRun: true,
  updateRun: true,
  deleteRun: true,
  restoreRun: true,
  purgeRun: true,
  setParams: true,
  setTags: true,
  deleteTag: true,
  defineDataset: true,
  linkDataset: true,
  defineSeries: true,
  points: true,
  adoptSegments: true,
  defineBlob: true,
  putArtifact: true,
  deleteArtifacts: true,
  createModel: true,
  renameModel: true,
  updateModel: true,
  deleteModel: true,
  setModelTag: true,
  deleteModelTag: true,
  setAlias: true,
  deleteAlias: true,
  createVersion: true,
  updateVersion: true,
  setStage: true,
  deleteVersion: true,
  setVersionTag: true,
  deleteVersionTag: true,
  createLoggedModel: true,
  finalizeLoggedModel: true,
  deleteLoggedModel: true,
  purgeLoggedModel: true,
  setLoggedModelTags: true,
  deleteLoggedModelTag: true,
  setLoggedModelParams: true,
  linkModel: true,
  putTrace: true,
  deleteTrace: true,
  setTraceTags: true,
  deleteTraceTag: true,
  setTraceMetadata: true,
  putSpans: true,
  linkTraces: true,
  putAssessment: true,
  validateAssessment: true,
  deleteAssessment: true,
}

/** A command as JSON. INVALID_PARAMETER_VALUE where it holds a number that JSON has no way to write. */
export function commandToJson(command: Command): JsonCommand {
  if (command.t === 'points') return shapePoints(command)
  refuseNonFinite(command, command.t)
  return command
}

/**
 * A version's payload, brought up to this code's; `newer` where it has a command that this code does not know,
 * `damaged` where no way leads from its version. Throws for what is no payload.
 */
export function upcastPayload(json: unknown, version: number): Payload | 'newer' | 'damaged' {
  let payload = json as Payload
  for (let from = version; from < RECORD_VERSION; from++) {
    const upcast = UPCASTS[from]
    if (!upcast) return 'damaged'
    payload = upcast(payload)
  }
  return payload.commands.every((command) => Object.hasOwn(KNOWN, command.t)) ? payload : 'newer'
}

function refuseNonFinite(value: unknown, where: string): void {
  if (Array.isArray(value)) {
    for (const inner of value as readonly unknown[]) refuseNonFinite(inner, where)
  } else if (typeof value === 'object' && value !== null) {
    // Not Object.values, which would make an array for each of the many objects.
    for (const key in value) refuseNonFinite((value as Record<string, unknown>)[key], where)
  } else if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      `A "${where}" command cannot be stored: it holds the number ${value}, which JSON has no way to write.`,
    )
  }
}
