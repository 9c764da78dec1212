import { toTrackletError } from '../errors.js'
import { errorToDictionary, errorToText } from './error-text.js'
import type { Given } from './given.js'
import { toJson } from './json.js'
import { styled } from './style.js'
import { Interrupted, OutputClosed } from './terminal.js'
import { toVisible } from './text-width.js'
import { UsageError } from './usage-error.js'
import type { Context, Verb } from './verb.js'

/** How a command ended: 0 done, 1 refused by the store, 2 wrong usage, from 129 on interrupted. */
export type ExitCode = 0 | 1 | 2 | Interrupted['exitCode']

/** Runs a verb; what goes wrong is told on `context.err` and in the exit code. Never rejects. */
export async function runVerb(verb: Verb, context: Context, given: Given): Promise<ExitCode> {
  try {
    if (context.json && given.flag('csv'))
      throw new UsageError('Give either --json or --csv, not both.')
    await verb.run(context, given)
    return 0
  } catch (error) {
    return await reportError(error, context, given).catch(() => 1)
  }
}

/** Tells of a wrong command line; gives its exit code. */
export async function reportUsage(
  message: string,
  { err, json }: Pick<Context, 'err' | 'json'>,
): Promise<ExitCode> {
  const text = json
    ? `${toJson({ error_code: 'BAD_REQUEST', message })}\n`
    : `${styled(err, 'red', 'error:')} ${message.split('\n').map(toVisible).join('\n')}\n`
  await err.write(text)
  return 2
}

async function reportError(error: unknown, context: Context, given: Given): Promise<ExitCode> {
  if (error instanceof OutputClosed) return 0
  if (error instanceof UsageError) return reportUsage(error.message, context)
  const failure = toTrackletError(error)
  const texts = { filter: given.text('filter'), orderBy: given.texts('orderBy') }
  await context.err.write(
    context.json
      ? `${toJson(errorToDictionary(failure))}\n`
      : errorToText(failure, texts, context.err),
  )
  return failure.cause instanceof Interrupted ? failure.cause.exitCode : 1
}
