import type { Call } from './call.js'
import { print, type Seen } from './normalise.js'

/** A call, and what the two servers answered to it. */
export interface Case {
  readonly call: Call
  readonly theirs: Seen
  readonly ours: Seen
}

/** A difference that is meant. */
export interface KnownDifference {
  /** How a row of `test/parity/differences.md` begins, which tells and explains it. */
  readonly row: string
  readonly allows: (one: Case) => boolean
}

/** All differences that are meant; whatever else differs is a fault. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    row: 'a field twice in `order_by` of runs',
    allows: (one) => isAt(one, 'runs/search') && becameClientError(one, /duplicate fields/),
  },
  {
    row: 'order_by of models or versions that names a field twice',
    allows: (one) =>
      isAt(one, 'models/search', 'versions/search') && becameClientError(one, /duplicate fields/),
  },
  {
    row: 'filters that crash its parser',
    allows: (one) => isAt(one, '/search') && one.theirs.status === 500 && isFine(one.ours),
  },
  {
    row: '`archive_existing_versions` with a stage',
    allows: (one) => isAt(one, 'transition-stage') && becameClientError(one, /cannot archive/),
  },
  {
    row: 'source `models:/name/latest`',
    allows: (one) => isAt(one, 'model-versions/create') && becameClientError(one, /./),
  },
  {
    row: 'registered-models/search with `max_results` 0 or less',
    allows: (one) =>
      isAt(one, 'registered-models/search') && /positive integer/.test(said(one.ours)),
  },
  {
    row: 'versions past 2^53',
    allows: (one) =>
      /Python int too large/.test(said(one.theirs)) && code(one.ours) === 'RESOURCE_DOES_NOT_EXIST',
  },
  {
    row: 'over REST: rename of a deleted experiment',
    allows: (one) => isAt(one, 'experiments/update') && becameClientError(one, /Cannot rename/),
  },
  {
    row: 'over REST: a field of a wrong type beside good ones',
    allows: (one) => one.call.flaw?.startsWith('type of') === true && isInvalid(one.ours),
  },
  {
    row: 'delete-tag with a key of more than 250 characters',
    allows: (one) => isAt(one, 'delete-tag') && /maximum length of 250/.test(said(one.ours)),
  },
  {
    row: 'proxied artifacts outside of a run',
    allows: (one) =>
      isAt(one, '/mlflow-artifacts/') &&
      (one.call.flaw === 'odd path'
        ? code(one.ours) === 'RESOURCE_DOES_NOT_EXIST'
        : one.call.path.endsWith('/artifacts') &&
          !one.call.query.some(([name]) => name === 'path')),
  },
  {
    row: 'JSON bodies that are no object',
    allows: (one) =>
      one.call.flaw?.startsWith('body ') === true &&
      one.theirs.body === '<page>' &&
      one.theirs.status === 500 &&
      isFine(one.ours),
  },
  {
    row: 'over REST: any other 500 for what a client has sent',
    allows: (one) =>
      one.theirs.status === 500 && one.theirs.body === '<page>' && isInvalid(one.ours),
  },
  {
    row: 'a name that a model with the tag `mlflow.prompt.is_prompt` of another value has',
    allows: (one) =>
      isAt(one, 'registered-models/create') &&
      /already taken by a prompt/.test(said(one.theirs)) &&
      /^Registered Model \(name=.*\) already exists/.test(said(one.ours)),
  },
  {
    row: '`.` and `..` in an address',
    allows: (one) =>
      said(one.ours) === 'Invalid path' && /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(one.call.path),
  },
  {
    row: 'a trace linked to a run twice in one call',
    allows: (one) => isAt(one, 'traces/link-to-run') && code(one.theirs) === 'BAD_REQUEST',
  },
  {
    row: 'setting a tag of an unknown trace',
    allows: (one) =>
      isAt(one, '/traces/') &&
      code(one.theirs) === 'BAD_REQUEST' &&
      code(one.ours) === 'RESOURCE_DOES_NOT_EXIST',
  },
  {
    row: 'another method on a path that has routes of its own and is one with a parameter too',
    allows: (one) =>
      one.call.flaw?.startsWith('method ') === true &&
      one.theirs.status === 404 &&
      one.ours.status === 405,
  },
  {
    row: 'traces/link-to-run without trace_ids',
    allows: (one) =>
      isAt(one, 'traces/link-to-run') && /'trace_ids'/.test(said(one.theirs)) && isFine(one.ours),
  },
  {
    row: 'addresses of more than 64 KiB',
    allows: (one) => one.ours.status === 431,
  },
  {
    row: 'page tokens that hold no object, or a negative offset',
    allows: (one) => /Invalid page token/.test(said(one.ours)) && isInvalid(one.ours),
  },
  {
    row: 'artifact paths with a leading backslash',
    allows: (one) =>
      isAt(one, '/mlflow-artifacts/') &&
      said(one.ours) === 'Invalid path' &&
      /C:|file:|%5c|%00/.test(one.call.path),
  },
  {
    row: 'a param of a logged model that is set again',
    allows: (one) =>
      isAt(one, 'logged-models/') &&
      /^Changing param values/.test(said(one.ours)) &&
      code(one.theirs) === 'BAD_REQUEST',
  },
  {
    row: 'blanks around the id of an experiment, in messages',
    allows: (one) =>
      /No Experiment with id= /.test(said(one.ours)) &&
      said(one.ours).replace('id= ', 'id=') === said(one.theirs),
  },
  {
    row: 'a folder as a file',
    allows: (one) =>
      isAt(one, '/artifacts/') &&
      /No such artifact: .*\/'$/.test(said(one.theirs)) &&
      /refers to a directory/.test(said(one.ours)),
  },
  {
    row: 'a file without a name',
    allows: (one) =>
      isAt(one, '/mlflow-artifacts/') &&
      one.call.method === 'PUT' &&
      one.call.path.endsWith('/') &&
      isInvalid(one.ours),
  },
  {
    row: 'deleting a tag whose key no tag can have',
    allows: (one) =>
      isAt(one, 'delete-experiment-tag', 'runs/delete-tag') &&
      isInvalid(one.ours) &&
      one.theirs.status === 404,
  },
  {
    row: 'runs/create without an experiment',
    allows: (one) => isAt(one, 'runs/create') && code(one.ours) === 'BAD_REQUEST',
  },
  {
    row: 'words about artifacts that are not there',
    allows: (one) =>
      /^No such artifact|refers to a directory/.test(said(one.theirs)) &&
      one.theirs.status === one.ours.status &&
      code(one.theirs) === code(one.ours),
  },
  {
    row: 'source that is a local path with a `..` segment, or relative',
    allows: (one) =>
      isAt(one, 'model-versions/create') &&
      [one.theirs, one.ours].every((seen) => /To use a local path/.test(said(seen))),
  },
  {
    row: 'several faults in one call',
    allows: (one) => isInvalid(one.theirs) && isInvalid(one.ours) && tellsAnotherFault(one),
  },
  {
    row: 'several faults in one filter of model versions',
    allows: (one) =>
      isAt(one, 'model-versions/search') &&
      /Invalid attribute key/.test(said(one.theirs)) &&
      /numeric attribute 'version_number'/.test(said(one.ours)),
  },
  {
    row: 'several faults in a call about model versions',
    allows: (one) =>
      isAt(one, 'model-versions/') &&
      isInvalid(one.ours) &&
      /'(key|name|tags.*)'|maximum length|model name/.test(said(one.ours)) &&
      /version source|'source' cannot|'version' must|No versions/.test(said(one.theirs)),
  },
  {
    row: 'two slashes in a path',
    allows: (one) => isAt(one, '/mlflow//') && one.ours.status === 404,
  },
  {
    row: 'an empty run id among `run_ids`',
    allows: (one) =>
      isAt(one, 'bulk-interval') && one.call.flaw === 'empty run_ids' && isInvalid(one.ours),
  },
  {
    row: 'a folder with dots in artifacts/list',
    allows: (one) =>
      isAt(one, 'artifacts/list') &&
      one.call.query.some(([, value]) => value === './dir') &&
      one.ours.status === 200,
  },
  {
    row: 'a `%` in a path that encodes nothing',
    allows: (one) => /%zz|%$/.test(one.call.path) && said(one.ours) === 'Invalid path',
  },
  {
    row: 'metrics/get-history-bulk with a negative `max_results`',
    allows: (one) => isAt(one, 'get-history-bulk') && /must not be negative/.test(said(one.ours)),
  },
  {
    row: 'get-artifact without a run or a path',
    allows: (one) => isAt(one, '/get-artifact') && /^Request must/.test(said(one.ours)),
  },
  {
    row: '`Content-Type` in capitals',
    allows: (one) => one.call.contentType === 'APPLICATION/JSON' && one.theirs.status === 400,
  },
  {
    row: "words after \"'source' cannot use the 'http' scheme:\"",
    allows: (one) =>
      [one.theirs, one.ours].every((seen) => /'source' cannot use the/.test(said(seen))),
  },
  {
    row: 'an empty id among `experiment_ids`',
    allows: (one) =>
      isAt(one, 'runs/search') &&
      /Invalid experiment ID ''/.test(said(one.theirs)) &&
      isInvalid(one.ours),
  },
  {
    row: "words after \"'artifact_location' cannot use",
    allows: (one) =>
      isAt(one, 'experiments/create') &&
      [one.theirs, one.ours].every((seen) => /'artifact_location' cannot use/.test(said(seen))),
  },
  {
    row: 'artifacts/presigned-*: words',
    allows: (one) =>
      isAt(one, '/presigned-upload-url', '/presigned-download-url') &&
      code(one.theirs) === code(one.ours),
  },
]

/** The row of the difference that this is; null where it is none that is meant. */
export function knownDifference(one: Case): string | null {
  return KNOWN_DIFFERENCES.find(({ allows }) => allows(one))?.row ?? null
}

/** Whether both servers say the same. */
export function agree({ theirs, ours }: Case): boolean {
  return print(theirs) === print(ours)
}

function isAt({ call }: Case, ...ends: readonly string[]): boolean {
  return ends.some((end) => call.path.includes(end))
}

function code({ body }: Seen): unknown {
  return (body as { error_code?: unknown }).error_code
}

function said({ body }: Seen): string {
  const { message, detail } = body as { message?: unknown; detail?: unknown }
  return String(message ?? detail ?? '')
}

function isInvalid(seen: Seen): boolean {
  return seen.status === 400 && code(seen) === 'INVALID_PARAMETER_VALUE'
}

/** An answer, or a refusal that tells the client what is wrong. */
function isFine(seen: Seen): boolean {
  return seen.status === 200 || isInvalid(seen)
}

/** Their 500 is a 4xx here, in the same words. */
function becameClientError({ theirs, ours }: Case, words: RegExp): boolean {
  const same = said(theirs) === said(ours) && words.test(said(ours))
  return theirs.status === 500 && ours.status >= 400 && ours.status < 500 && same
}

/** Whether only one of them speaks of the field that was spoiled, or MLflow has read on behind it. */
function tellsAnotherFault({ call, theirs, ours }: Case): boolean {
  const field = /(?:^|, )(?:no|empty|null|camel case of|type of) (\w+)/.exec(call.flaw ?? '')?.[1]
  if (field === undefined) return false
  if (/Invalid value (?:null|"")/.test(said(theirs))) return true
  return said(theirs).includes(`'${field}'`) !== said(ours).includes(`'${field}'`)
}
