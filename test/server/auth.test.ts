import { describe, expect, it } from 'vitest'
import { isDeletionOrPromotion, isUpload, neededRole } from '../../src/rest/auth-roles.js'
import { mayDo, readCredentials, ROLES } from '../../src/rest/auth.js'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('an Authorization header', () => {
  it('has a name and a password, in UTF-8, or a token', () => {
    expect(readCredentials(basic('ada:a:b'))).toEqual({
      scheme: 'basic',
      name: 'ada',
      password: 'a:b',
    })
    expect(readCredentials(basic('ädä:ö€'))).toMatchObject({ name: 'ädä', password: 'ö€' })
    expect(readCredentials('bearer abc')).toEqual({ scheme: 'bearer', token: 'abc' })
  })

  it.each([
    ...[null, '', 'Basic', 'Basic ', 'Basic ???', 'Digest abc', 'Bearer', 'Bearer a b'],
    ...[basic('no colon'), `Basic ${Buffer.from([0xff, 0x3a]).toString('base64')}`],
  ])('that says nothing is no login: %s', (header) => {
    expect(readCredentials(header)).toBeNull()
  })
})

describe('roles', () => {
  it('each have all that the ones before may', () => {
    const table = ROLES.map((role) => ROLES.map((needed) => mayDo(role, needed)))
    expect(table).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ])
  })

  it.each([
    [null, 'GET /health', 'GET /api/3.0/mlflow/server-info'],
    ['read', 'GET /version', 'GET /api/2.0/mlflow/runs/get', 'POST /api/2.0/mlflow/runs/search'],
    ['read', 'GET /get-artifact', 'GET /api/2.0/mlflow-artifacts/artifacts/1/a/artifacts/f'],
    ['read', 'POST /ajax-api/2.0/mlflow/experiments/search', 'HEAD /x'],
    ['read', 'POST /api/2.0/mlflow/registered-models/get-latest-versions'],
    ['edit', 'POST /api/2.0/mlflow/runs/create', 'POST /api/2.0/mlflow/runs/log-batch'],
    ['edit', 'POST /api/2.0/mlflow/runs/delete-tag', 'PATCH /api/2.0/mlflow/model-versions/update'],
    ['edit', 'POST /api/2.0/mlflow/model-versions/transition-stage'],
    ['edit', 'POST /api/2.0/mlflow/registered-models/alias', 'POST /v1/traces'],
    ['edit', 'PUT /api/2.0/mlflow-artifacts/artifacts/1/a/artifacts/runs/delete'],
    [
      'edit',
      'PATCH /api/2.0/mlflow/logged-models/m-1',
      'POST /api/2.0/mlflow/logged-models/m-1/params',
    ],
    ['manage', 'POST /api/2.0/mlflow/runs/delete', 'POST /ajax-api/2.0/mlflow/runs/restore'],
    [
      'manage',
      'POST /api/2.0/mlflow/experiments/delete',
      'DELETE /api/2.0/mlflow/registered-models/delete',
    ],
    [
      'manage',
      'DELETE /api/2.0/mlflow/registered-models/alias',
      'DELETE /api/2.0/mlflow/logged-models/m-1',
    ],
    [
      'manage',
      'DELETE /api/2.0/mlflow-artifacts/artifacts/1/a',
      'POST /api/2.0/mlflow/users/create',
    ],
    // Other spellings, and what is not known, never need less.
    [
      'manage',
      'POST /api/2.0/mlflow/runs/%73earch',
      'POST /api/2.0/mlflow/runs/%64elete',
      'POST /',
    ],
    ['manage', 'POST /api/2.0/mlflow/runs/search/', 'POST /API/2.0/mlflow/runs/search', 'PURGE /x'],
    ['manage', 'POST /api/2.0/mlflow/x/runs/search', 'DELETE /api/2.0/mlflow/runs/search'],
  ] as const)('%s is what is needed for %s, %s', (role, ...calls) => {
    for (const call of calls as readonly string[]) {
      const [method = '', path = ''] = call.split(' ')
      expect([call, neededRole(method, path)]).toEqual([call, role])
    }
  })
})

describe('requests', () => {
  it('are uploads where their body is a file', () => {
    expect(isUpload('PUT', '/api/2.0/mlflow-artifacts/artifacts/1/f')).toBe(true)
    expect(isUpload('POST', '/ajax-api/2.0/mlflow/upload-artifact')).toBe(true)
    expect(isUpload('POST', '/api/2.0/mlflow-artifacts/mpu/create/1/f')).toBe(false)
    expect(isUpload('PUT', '/api/2.0/mlflow/runs/update')).toBe(false)
  })

  it.each([
    ['POST', 'mlflow/runs/delete', true],
    ['POST', 'mlflow/model-versions/transition-stage', true],
    ['POST', 'mlflow/registered-models/alias', true],
    ['DELETE', 'mlflow/registered-models/alias', true],
    ['DELETE', 'mlflow-artifacts/artifacts/1/r/artifacts/tags/f', true],
    ['DELETE', 'mlflow/registered-models/delete-tag', false],
    ['DELETE', 'mlflow/logged-models/m-1/tags/k', false],
    ['POST', 'mlflow/runs/delete-tag', false],
    ['GET', 'mlflow/registered-models/alias', false],
  ])('%s %s is told in the log: %s', (method, rest, isTold) => {
    expect(isDeletionOrPromotion(method, `/api/2.0/${rest}`)).toBe(isTold)
  })
})
