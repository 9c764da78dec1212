import { validateSyntax } from '../../entities/validate.js'
import { toTrackletError, TrackletError } from '../../errors.js'
import { EXPERIMENT_RULES } from '../../search/grammar/attributes-experiments.js'
import { RUN_RULES } from '../../search/grammar/attributes-runs.js'
import { checkComparators, parseFilter } from '../../search/grammar/filter.js'
import { parseOrderBy } from '../../search/grammar/order-by.js'
import { notImplemented } from './not-on-servers.js'

/** The texts of a search. */
export interface SearchTexts {
  readonly filter?: string
  readonly orderBy?: readonly string[]
}

const RULES = { runs: RUN_RULES, experiments: EXPERIMENT_RULES } as const

/** NOT_IMPLEMENTED for the syntax that only stores of this process know. */
export function checkRemoteSyntax(syntax: unknown): void {
  if (validateSyntax(syntax) === 'extended') throw notImplemented('syntax')
}

/**
 * A search's answer. The server decides what it refuses, in its words; the place of the fault is found here. Where a
 * server fails at a text that is wrong, as MLflow's do at a key that is ordered by twice, the fault found here is thrown.
 */
export async function searchOrFault<T>(
  what: keyof typeof RULES,
  texts: SearchTexts,
  send: (repeat: boolean) => Promise<T>,
): Promise<T> {
  const fault = findFault(what, texts)
  try {
    return await send(fault === null)
  } catch (error) {
    const own = toTrackletError(error)
    if (fault !== null && own.errorCode === 'INTERNAL_ERROR') throw fault
    const at = own.errorCode === 'INVALID_PARAMETER_VALUE' ? fault?.at : undefined
    throw at === undefined ? own : new TrackletError(own.errorCode, own.message, { at })
  }
}

function findFault(
  what: keyof typeof RULES,
  { filter, orderBy }: SearchTexts,
): TrackletError | null {
  try {
    const tree = parseFilter(filter, RULES[what])
    parseOrderBy(orderBy, RULES[what])
    checkComparators(tree, RULES[what])
    return null
  } catch (error) {
    return toTrackletError(error)
  }
}
