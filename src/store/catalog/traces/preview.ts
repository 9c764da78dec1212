const LONGEST = 1000

/** Whose words a preview shows of a chat. */
export type Speaker = 'user' | 'assistant'

type Message = { readonly role: unknown; readonly content: unknown }

/**
 * What a root's inputs or outputs look like in a list: the last message of a chat that they hold, else their own JSON; at
 * most 1000 characters (mlflow/tracing/utils/truncation.py).
 */
export function previewOf(json: string, speaker: Speaker): string {
  const text = messageText(parse(json), speaker) || json
  const characters = Array.from(text.slice(0, 2 * LONGEST + 2))
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 3).join('')}...`
}

function messageText(value: unknown, speaker: Speaker): string {
  const messages = messagesIn(value)
  const message = messages.findLast(({ role }) => role === speaker) ?? messages.at(-1)
  if (message === undefined) return ''
  const { content } = message
  if (typeof content === 'string') return content
  const parts: readonly unknown[] = Array.isArray(content) ? content : []
  for (const part of parts) {
    if (typeof part === 'string') return part
    if (isObject(part) && ['text', 'output_text'].includes(String(part['type'])))
      return typeof part['text'] === 'string' ? part['text'] : ''
  }
  return ''
}

/** Messages in the forms of OpenAI's requests and answers, maybe below `request`. */
function messagesIn(value: unknown): readonly Message[] {
  let at = value
  while (isObject(at)) {
    const found = messagesAt(at)
    if (found !== null) return found
    at = at['request']
  }
  return []
}

function messagesAt(value: Readonly<Record<string, unknown>>): readonly Message[] | null {
  const { messages, choices, input, output } = value
  if (isFilled(messages)) return messages.filter(isMessage)
  const choice: unknown = isFilled(choices) ? choices[0] : null
  if (isObject(choice) && isMessage(choice['message'])) return [choice['message']]
  for (const list of [input, output]) if (isFilled(list)) return list.filter(isMessage)
  return null
}

function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}

function isMessage(value: unknown): value is Message {
  return isObject(value) && Object.hasOwn(value, 'role') && Object.hasOwn(value, 'content')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}
