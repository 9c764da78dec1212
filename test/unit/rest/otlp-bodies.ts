import type { Answered, Wire } from './wire.js'

/** The id of the trace that `EXPORT` tells of. */
export const TRACE_ID = 'tr-00112233445566778899aabbccddeeff'

/** An ExportTraceServiceRequest in JSON: a root and its child, with values of every kind. */
export const EXPORT = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '00112233445566778899aabbccddeeff',
              spanId: '0000000000000001',
              name: 'root',
              startTimeUnixNano: '1700000000000000001',
              endTimeUnixNano: '1700000001500000003',
              attributes: [
                {
                  key: 'mlflow.spanInputs',
                  value: {
                    kvlistValue: { values: [{ key: 'x', value: { intValue: '20' } }] },
                  },
                },
                { key: 'mlflow.spanType', value: { stringValue: 'LLM' } },
                { key: 'nested', value: { stringValue: '{"a": 1}' } },
                { key: 'double', value: { doubleValue: 1 } },
                { key: 'big', value: { intValue: '9007199254740993' } },
                { key: 'list', value: { arrayValue: { values: [{ boolValue: true }, {}] } } },
                { key: 'none', value: {} },
                { key: 'nan', value: { doubleValue: 'NaN' } },
                { key: 'empty', value: { arrayValue: {} } },
                { key: 'é', value: { stringValue: 'ü' } },
              ],
              events: [
                {
                  name: 'ev',
                  timeUnixNano: '1700000000000000005',
                  attributes: [{ key: 'k', value: { intValue: 3 } }],
                },
              ],
              links: [
                {
                  traceId: '55555555555555555555555555555555',
                  spanId: '6666666666666666',
                  attributes: [{ key: 'q', value: { boolValue: true } }],
                },
              ],
              status: { code: 1 },
            },
            {
              traceId: '00112233445566778899aabbccddeeff',
              spanId: '0000000000000002',
              parentSpanId: '0000000000000001',
              name: 'child',
              startTimeUnixNano: '1700000000000000002',
              endTimeUnixNano: '1700000001500000003',
              status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
            },
          ],
        },
      ],
    },
  ],
}

/** Sends spans as an exporter does; JSON unless another type is given. */
export function sendSpans(
  wire: Wire,
  body: unknown,
  { type = 'application/json', headers = {} }: { type?: string | null; headers?: object } = {},
): Promise<Answered> {
  const raw = body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body)
  return wire.send('/v1/traces', {
    method: 'POST',
    raw,
    contentType: type,
    headers: { 'x-mlflow-experiment-id': '0', ...headers },
  })
}
