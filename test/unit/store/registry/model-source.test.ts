import { describe, expect, it } from 'vitest'
import {
  isPathWithin,
  isUriWithin,
  localSourcePath,
  refuseRelativeSource,
} from '../../../../src/entities/model-source.js'
import { parseModelUri } from '../../../../src/entities/model-uri.js'
import { refusal } from '../catalog/harness.js'

describe('a models:/ URI', () => {
  it.each([
    ['models:/m/3', { kind: 'version', name: 'm', version: '3' }],
    ['models:///m/3', { kind: 'version', name: 'm', version: '3' }],
    ['models:/m/LaTest', { kind: 'latest', name: 'm' }],
    ['models:/m/Staging', { kind: 'stage', name: 'm', stage: 'Staging' }],
    ['models:/a model@champ', { kind: 'alias', name: 'a model', alias: 'champ' }],
    ['models:/a@b@c', { kind: 'alias', name: 'a@b', alias: 'c' }],
    ['models:/m%20n/1', { kind: 'version', name: 'm%20n', version: '1' }],
    ['models:/m-0123', { kind: 'model', modelId: 'm-0123' }],
  ])('%s is read', (uri, parts) => {
    expect(parseModelUri(uri)).toEqual(parts)
  })

  it.each([
    'models:/',
    'models:m/1',
    'models://host/m/1',
    'models://host/m',
    'models:/m/1/x',
    'models:/m/',
    'models:/ /1',
    'models:/m@',
    'runs:/m/1',
  ])('%s is none', (uri) => {
    expect(parseModelUri(uri)).toBeNull()
  })
})

describe('a local source', () => {
  it.each([
    ['/a//b/./c/', '/a/b/c'],
    ['file:///a/b%20c', '/a/b c'],
    ['file:/a', '/a'],
    ['file://localhost/a', '/a'],
    ['C:\\models\\one', 'C:/models/one'],
  ])('%s is the path %s', (source, path) => {
    expect(localSourcePath(source)).toBe(path)
  })

  it.each([
    'a/b',
    '',
    './a',
    '/a/../b',
    'file:///a/%2e%2e/b',
    'file:///a/%252e%252e/b',
    'file://elsewhere/a',
    '/a\0b',
    's3://b/x',
  ])('%j is no path that can be trusted', (source) => {
    expect(localSourcePath(source)).toBeNull()
  })

  it('lies within a folder by whole names', () => {
    expect(isPathWithin('/a/b', '/a/b')).toBe(true)
    expect(isPathWithin('/a/b/c', '/a/b')).toBe(true)
    expect(isPathWithin('/a/bc', '/a/b')).toBe(false)
    expect(isPathWithin('/a', '/a/b')).toBe(false)
  })
})

describe('a remote source', () => {
  it.each(['s3://b/x', 'dbfs:/x', 'gs://b/x/y/', 's3://b/x?y=1', 'runs:/id/model', 'abfs://c@h/x'])(
    '%s is absolute',
    (source) => {
      expect(() => refuseRelativeSource(source)).not.toThrow()
    },
  )

  it.each([
    's3://b',
    's3://b/',
    's3:x',
    's3://b/../x',
    's3://b/%2e%2e/x',
    's3://b/%252e%252e/x',
    's3://b/./x',
    's3://b/x%00',
    's3://b/x?y=/../z',
    `s3://b/${'%25'.repeat(1)}${'25'.repeat(40)}2e`,
  ])('%s is refused', (source) => {
    const { errorCode, message } = refusal(() => refuseRelativeSource(source))
    expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
    expect(message).toContain('an absolute path must be provided')
  })

  it('of many layers is refused in time that grows with its length alone', () => {
    const source = `s3://b/${'%25'.repeat(1)}${'25'.repeat(100_000)}`
    expect(() => refuseRelativeSource(source)).toThrow('Please provide an absolute path')
  })

  it('lies within a place of the same scheme and host, by whole names', () => {
    const root = 'mlflow-artifacts:/0/run/artifacts'
    expect(isUriWithin('mlflow-artifacts:/0/run/artifacts', root)).toBe(true)
    expect(isUriWithin('MLFLOW-ARTIFACTS:/0//run/artifacts/model', root)).toBe(true)
    expect(isUriWithin('mlflow-artifacts:/0/run/artifacts2', root)).toBe(false)
    expect(isUriWithin('mlflow-artifacts://host/0/run/artifacts', root)).toBe(false)
    expect(isUriWithin('s3:/0/run/artifacts', root)).toBe(false)
    expect(isUriWithin('mlflow-artifacts:/0', 'mlflow-artifacts:')).toBe(false)
  })
})
