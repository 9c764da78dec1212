import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appendToLocation,
  validateArtifactLocation,
} from '../../../src/entities/artifact-location.js'
import { LIMITS } from '../../../src/entities/limits.js'
import { validateBatch, validateMetric } from '../../../src/entities/validate-batch.js'
import {
  validateDatasetInput,
  validateExperimentName,
  validateExperimentTag,
  validateInt64,
  validateParam,
  validateRunId,
  validateSafeInteger,
  validateStatus,
  validateTag,
  validateTagKey,
  validateText,
} from '../../../src/entities/validate.js'
import { refusal } from '../store/catalog/harness.js'

const SEE = 'See the API docs for more information about request parameters.'
const POINT = { key: 'm', value: 1, timestamp: 0, step: 0 }

/** A call with any argument, as callers without types make it. */
const untyped = <T>(value: unknown): T => value as T

function messageOf(fn: () => unknown): string {
  const { errorCode, message } = refusal(fn)
  expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
  return message
}

function isAccepted(fn: () => unknown): boolean {
  try {
    fn()
    return true
  } catch {
    return false
  }
}

describe('a key', () => {
  const segment = fc.constantFrom('', '.', '..', '...', 'a', 'b c', '..x', 'x..', 'é', '日本')
  const looseKey = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))

  it('is a relative path that is already in its normal form', () => {
    fc.assert(
      fc.property(looseKey, (key) => {
        const parts = key.split('/')
        const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..')
        expect(isAccepted(() => validateTagKey(key))).toBe(plain && !key.startsWith('..'))
      }),
    )
  })

  it('is judged by its characters first', () => {
    const allowed = /^[\p{L}\p{N}_/.\- :]+$/u
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), (text) => {
        const key = `k${text}k`.replaceAll('/', '').replaceAll('.', '')
        expect(isAccepted(() => validateTagKey(key))).toBe(allowed.test(key))
      }),
    )
  })

  it.each(['a\u0301', 'a\u00a0b', 'a\tb', 'a\n', 'a\0b', 'a\ud800', '€', '~', 'a=b'])(
    'does not hold what is neither letter nor digit: %j',
    (key) => {
      expect(messageOf(() => validateTagKey(key))).toContain('Names may only contain')
    },
  )

  it('is quoted in ASCII', () => {
    expect(messageOf(() => validateTagKey('€', 'tags[0]'))).toMatch(
      /^Invalid value "\\u20ac" for parameter 'tags\[0\]\.key' supplied: Names may only/,
    )
  })

  it('is counted in code points', () => {
    const key = '𠮷'.repeat(LIMITS.key)
    expect(validateTagKey(key)).toBe(key)
    expect(messageOf(() => validateTagKey(`${key}𠮷`))).toBe(
      "'key' exceeds the maximum length of 250 characters",
    )
  })
})

describe('text', () => {
  it('may be empty, of several lines, and of any script', () => {
    for (const text of ['', 'a\r\nb', '🙂 日本', '\u0001'])
      expect(validateText(text, 'value')).toBe(text)
  })

  it('holds neither NUL nor lone surrogates, which no file or database keeps', () => {
    for (const text of ['a\0', '\ud83d', '\ude00x', '\ude00\ud83d'])
      expect(messageOf(() => validateText(text, 'value'))).toContain(
        "for parameter 'value' supplied: Text",
      )
  })

  it.each([
    [undefined, `Missing value for required parameter 'value'. ${SEE}`],
    [
      null,
      `Invalid value null for parameter 'value' supplied:  Hint: Value was of type 'NoneType'. ${SEE}`,
    ],
    [5, `Invalid value 5 for parameter 'value' supplied:  Hint: Value was of type 'int'. ${SEE}`],
    [
      1.5,
      `Invalid value 1.5 for parameter 'value' supplied:  Hint: Value was of type 'float'. ${SEE}`,
    ],
    [
      true,
      `Invalid value true for parameter 'value' supplied:  Hint: Value was of type 'bool'. ${SEE}`,
    ],
    [
      ['é'],
      `Invalid value ["\\u00e9"] for parameter 'value' supplied:  Hint: Value was of type 'list'. ${SEE}`,
    ],
    [
      { a: 1 },
      `Invalid value {"a":1} for parameter 'value' supplied:  Hint: Value was of type 'dict'. ${SEE}`,
    ],
  ])('is not %j', (value, message) => {
    expect(messageOf(() => validateText(value, 'value'))).toBe(message)
  })
})

describe('a value that is too long', () => {
  const long = '🙂'.repeat(LIMITS.paramValue + 5)

  it('is cut at whole code points where cutting is on', () => {
    expect(validateParam('p', long, true)).toEqual(['p', '🙂'.repeat(LIMITS.paramValue)])
    expect(validateTag('t', 'x'.repeat(8001), true)).toEqual(['t', 'x'.repeat(8000)])
  })

  it('is refused where cutting is off', () => {
    expect(messageOf(() => validateParam('p', long, false))).toBe(
      "'Param value' exceeds the maximum length of 6000 characters",
    )
  })

  it('is never cut for experiments', () => {
    expect(messageOf(() => validateExperimentTag('k', 'v'.repeat(20_001)))).toBe(
      "'value' exceeds the maximum length of 20000 characters",
    )
  })
})

describe('integers', () => {
  it('are exact: safe numbers, or bigints of 64 bits', () => {
    for (const value of [0, -1, 2 ** 53 - 1, 2n ** 63n - 1n, -(2n ** 63n)])
      expect(validateInt64(value, 'step')).toBe(value)
    for (const value of [
      2 ** 53,
      0.5,
      Number.NaN,
      Infinity,
      2n ** 63n,
      -(2n ** 63n) - 1n,
      '1',
      true,
      {},
    ])
      expect(messageOf(() => validateInt64(value, 'step'))).toContain(
        "for parameter 'step' supplied",
      )
    expect(messageOf(() => validateInt64(null, 'step'))).toContain('Missing value')
  })

  it('of times are numbers', () => {
    expect(validateSafeInteger(-5, 'start_time')).toBe(-5)
    for (const value of [5n, '5', new Date(), 1.5])
      expect(messageOf(() => validateSafeInteger(value, 'start_time'))).toContain('start_time')
  })
})

describe('a metric', () => {
  it('keeps its exact value, and is at step 0 unless told', () => {
    for (const value of [Number.NaN, Infinity, -Infinity, -0])
      expect(validateMetric({ ...POINT, value }).value).toBe(value)
    expect(validateMetric(untyped({ key: 'm', value: 1, timestamp: 1 })).step).toBe(0)
  })

  it('is at no negative time', () => {
    expect(messageOf(() => validateMetric({ ...POINT, value: 1e-5, timestamp: -1 }))).toBe(
      "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' (value=1e-05). Timestamp must be a nonnegative long (64-bit integer) ",
    )
  })

  it('names a dataset by name and digest together', () => {
    expect(messageOf(() => validateMetric({ ...POINT, datasetName: 'd' }))).toContain(
      'dataset_digest',
    )
    expect(validateMetric({ ...POINT, modelId: 'm-1' })).toMatchObject({
      modelId: 'm-1',
      datasetName: '',
    })
  })

  it.each([null, 5, 'm', [], undefined])('is not %j', (metric) => {
    expect(messageOf(() => validateMetric(untyped(metric)))).toContain("for parameter 'metric'")
  })
})

describe('a batch', () => {
  it('names the place of what it refuses', () => {
    const bad = { ...POINT, key: 'bad$' }
    expect(messageOf(() => validateBatch({ metrics: [POINT, bad] }, true))).toContain(
      "'metrics[1].name'",
    )
    expect(messageOf(() => validateBatch({ params: [['', '1']] }, true))).toContain(
      "'params[0].key'",
    )
    expect(messageOf(() => validateBatch(untyped({ tags: [['a', 5]] }), true))).toContain(
      "'tags[0].value'",
    )
    expect(messageOf(() => validateBatch(untyped({ tags: ['ab'] }), true))).toContain("'tags[0]'")
    expect(messageOf(() => validateBatch(untyped({ params: 'x' }), true))).toContain("'params'")
    expect(messageOf(() => validateBatch(untyped(null), true))).toContain("'batch'")
  })

  it('names every param that is given twice', () => {
    const params = ['a', "it's", 'a', "it's", 'b'].map(
      (key) => [key.replace("'", ''), '1'] as const,
    )
    expect(messageOf(() => validateBatch({ params }, true))).toBe(
      "Duplicate parameter keys have been submitted: ['a', 'its']. Please ensure the request contains only one param value per param key.",
    )
  })
})

describe('a dataset', () => {
  const dataset = {
    name: 'd',
    digest: '1',
    sourceType: 'local',
    source: 's',
    schema: null,
    profile: null,
  }

  it('is checked field by field', () => {
    const check = (change: object): string =>
      messageOf(() => validateDatasetInput({ dataset: { ...dataset, ...change }, tags: {} }, 2))
    expect(check({ name: '' })).toContain("'datasets[2].dataset.name'")
    expect(check({ digest: 'x'.repeat(37) })).toBe(
      "'digest' exceeds the maximum length of 36 characters",
    )
    expect(check({ source: 5 })).toContain("'datasets[2].dataset.source'")
    expect(check({ schema: {} })).toContain("'datasets[2].dataset.schema'")
  })

  it('has tags with limits of their own', () => {
    const check = (tags: object): string =>
      messageOf(() => validateDatasetInput(untyped({ dataset, tags }), 0))
    expect(check({ ['k'.repeat(256)]: 'v' })).toBe(
      "'key' exceeds the maximum length of 255 characters",
    )
    expect(check({ k: 'v'.repeat(501) })).toBe(
      "'value' exceeds the maximum length of 500 characters",
    )
    expect(check({ k: 5 })).toContain("'datasets[0].tags[0].value'")
  })
})

describe('names and states', () => {
  it('of runs in a batch are one word', () => {
    for (const id of ['a', '0-_', 'a'.repeat(256)]) expect(validateRunId(id)).toBe(id)
    for (const id of ['-a', 'a b', 'a/b', 'a'.repeat(257)])
      expect(messageOf(() => validateRunId(id))).toMatch(/for parameter 'run_id' supplied\.$/)
  })

  it('of experiments are anything but empty or over-long', () => {
    expect(validateExperimentName('  / : % 実')).toBe('  / : % 実')
    expect(messageOf(() => validateExperimentName('', 'new_name'))).toContain("'new_name'")
  })

  it('of states are the five known ones', () => {
    expect(validateStatus('KILLED')).toBe('KILLED')
    expect(messageOf(() => validateStatus('finished'))).toContain('RUNNING, SCHEDULED')
    expect(messageOf(() => validateStatus(3))).toContain("type 'int'")
  })
})

describe('an artifact location', () => {
  it.each(['s3://b/x', '/data/x', 'file:///x', 'relative', 'gs://b?token=1', 'C:\\data'])(
    'may be %s',
    (location) => {
      expect(validateArtifactLocation(location)).toBe(location)
    },
  )

  it.each(['runs:/a', 's3://b#f', 's3://b?x=../y', 'http://h/x', 'HTTPS://h/x', 'hdfs://h/x'])(
    'is not %s',
    (location) => {
      expect(messageOf(() => validateArtifactLocation(location))).not.toBe('')
    },
  )

  it('grows before its query', () => {
    expect(appendToLocation('s3://b/x/?q=1', 'run', 'artifacts')).toBe('s3://b/x/run/artifacts?q=1')
    expect(appendToLocation('mlflow-artifacts:', '1')).toBe('mlflow-artifacts:/1')
  })
})
