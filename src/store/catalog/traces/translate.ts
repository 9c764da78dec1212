import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import { jsonToSpanValue } from '../../../entities/span-json.js'
import type { Span, SpanValue } from '../../../entities/trace.js'
import { textOf } from './batch.js'

/** Where a convention of OpenTelemetry's has what MLflow has of its own (mlflow/tracing/otel/translation). */
interface Convention {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Input, output, all, read from a cache, written to a cache; '' for none. */
  readonly tokens: readonly [string, string, string, string, string]
  readonly type: string
  readonly types: Readonly<Record<string, string>>
}

const TOKENS = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
]

const CONVENTIONS: readonly Convention[] = [
  {
    inputs: ['input.value'],
    outputs: ['output.value'],
    tokens: [
      'llm.token_count.prompt',
      'llm.token_count.completion',
      'llm.token_count.total',
      'llm.token_count.prompt_details.cache_read',
      'llm.token_count.prompt_details.cache_write',
    ],
    type: 'openinference.span.kind',
    types: same(
      'TOOL CHAIN LLM RETRIEVER EMBEDDING AGENT RERANKER UNKNOWN GUARDRAIL EVALUATOR'.split(' '),
    ),
  },
  {
    inputs: ['gen_ai.input.messages', 'gen_ai.tool.call.arguments'],
    outputs: ['gen_ai.output.messages', 'gen_ai.tool.call.result'],
    tokens: [
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.output_tokens',
      '',
      'gen_ai.usage.cache_read.input_tokens',
      'gen_ai.usage.cache_write.input_tokens',
    ],
    type: 'gen_ai.operation.name',
    types: {
      chat: 'CHAT_MODEL',
      create_agent: 'AGENT',
      embeddings: 'EMBEDDING',
      execute_tool: 'TOOL',
      generate_content: 'LLM',
      invoke_agent: 'AGENT',
      text_completion: 'LLM',
      response: 'LLM',
    },
  },
  {
    inputs: ['traceloop.entity.input'],
    outputs: ['traceloop.entity.output'],
    tokens: [
      'gen_ai.usage.prompt_tokens',
      'gen_ai.usage.completion_tokens',
      'llm.usage.total_tokens',
      '',
      '',
    ],
    type: 'traceloop.span.kind',
    types: {
      workflow: 'WORKFLOW',
      task: 'TASK',
      agent: 'AGENT',
      tool: 'TOOL',
      unknown: 'UNKNOWN',
    },
  },
]

/** A span with MLflow's own inputs, outputs, type and token counts, where others' conventions tell them. */
export function translateSpan(span: Span): Span {
  const added: Record<string, SpanValue> = {}
  const add = (key: string, text: string | null): void => {
    if (text !== null && !Object.hasOwn(span.attributes, key)) added[key] = text
  }
  add(
    MLFLOW_TRACES.spanInputs,
    firstFilled(span, ({ inputs }) => inputs),
  )
  add(
    MLFLOW_TRACES.spanOutputs,
    firstFilled(span, ({ outputs }) => outputs),
  )
  add(MLFLOW_TRACES.chatUsage, usageOf(span))
  add(MLFLOW_TRACES.spanType, translatedType(span))
  if (Object.keys(added).length === 0) return span
  return { ...span, attributes: { ...span.attributes, ...added } }
}

function firstFilled(
  span: Span,
  keysOf: (convention: Convention) => readonly string[],
): string | null {
  for (const key of CONVENTIONS.flatMap(keysOf)) {
    const text = textOf(span, key)
    if (text !== null && !['null', 'false', '""', '[]', '{}', '0', '0.0'].includes(text))
      return text
  }
  return null
}

/** By the first convention that counts anything; the sum is added where it lacks. */
function usageOf(span: Span): string | null {
  for (const { tokens } of CONVENTIONS) {
    const [input, output, total, ...cached] = tokens.map((key) => countOf(span, key))
    if (input === null && output === null && total === null) continue
    const isSummed = total === null && input !== null && output !== null
    const counts = [input, output, isSummed ? input! + output! : total, ...cached]
    const members = counts.flatMap((count, i) =>
      count === null || count === undefined ? [] : [`"${TOKENS[i]!}": ${count}`],
    )
    return `{${members.join(', ')}}`
  }
  return null
}

function countOf(span: Span, key: string): bigint | null {
  const text = key === '' ? null : textOf(span, key)
  const digits = text === null ? null : /^"?\s*(-?\d{1,18})\s*"?$/.exec(text)
  return digits === null ? null : BigInt(digits[1]!)
}

function translatedType(span: Span): string | null {
  for (const { type, types } of CONVENTIONS) {
    const text = textOf(span, type)
    const kind = text === null ? null : jsonToSpanValue(text)
    if (typeof kind === 'string' && Object.hasOwn(types, kind)) return JSON.stringify(types[kind])
  }
  return null
}

function same(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]))
}
