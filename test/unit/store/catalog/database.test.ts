import { describe, expect, it } from 'vitest'
import { emptyDatabase, freshStore, makeRun, refusal, reopen } from './harness.js'

const insert = 'INSERT INTO keys VALUES(?, ?)'
const names = (db: ReturnType<typeof emptyDatabase>): unknown[] =>
  db.all('SELECT name FROM keys ORDER BY id').flat()

describe('a database', () => {
  it('drops what a throwing transaction did', () => {
    const db = emptyDatabase()
    expect(() =>
      db.transaction(() => {
        db.run(insert, [1, 'a'])
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(names(db)).toEqual([])
    db.transaction(() => db.run(insert, [1, 'b']))
    expect(names(db)).toEqual(['b'])
  })

  it('lets a transaction inside another fail alone', () => {
    const db = emptyDatabase()
    db.transaction(() => {
      db.run(insert, [1, 'outer'])
      expect(() =>
        db.transaction(() => {
          db.run(insert, [2, 'inner'])
          db.run(insert, [2, 'again'])
        }),
      ).toThrow('UNIQUE')
      db.transaction(() => db.run(insert, [3, 'third']))
    })
    expect(names(db)).toEqual(['outer', 'third'])
  })

  it('goes on with its statements after an export, and is the same when opened again', () => {
    const db = emptyDatabase()
    db.run(insert, [1, 'é\n🙂'])
    const image = db.export()
    db.run(insert, [2, 'later'])
    const copy = reopen(image)
    expect(names(copy)).toEqual(['é\n🙂'])
    expect(names(db)).toEqual(['é\n🙂', 'later'])
    expect(copy.integrityCheck()).toEqual([])
    copy.close()
    copy.close()
  })

  it('is not exported in the middle of a transaction', () => {
    const db = emptyDatabase()
    const { errorCode } = refusal(() => db.transaction(() => db.export()))
    expect(errorCode).toBe('INVALID_STATE')
    expect(db.export().length).toBeGreaterThan(0)
  })

  it('refuses bytes that are no catalog, and those of a newer release', () => {
    expect(refusal(() => reopen(new Uint8Array(8192).fill(7))).errorCode).toBe('DATA_LOSS')
    expect(refusal(() => reopen(new Uint8Array(0))).errorCode).toBe('DATA_LOSS')
    const db = emptyDatabase()
    db.run("UPDATE meta SET value = '999' WHERE name = 'schema_version'")
    expect(refusal(() => reopen(db.export())).errorCode).toBe('INVALID_STATE')
  })

  it('says what is wrong with a damaged image', () => {
    const store = freshStore()
    for (let i = 0; i < 200; i++) makeRun(store)
    const image = store.db.export()
    const at = image.length - 4096 * 2
    image.fill(0xff, at, at + 4096)
    const problems = reopen(image).integrityCheck()
    expect(problems.length).toBeGreaterThan(0)
  })

  it('names the failing statement', () => {
    const { errorCode, message } = refusal(() => emptyDatabase().run('SELEC 1'))
    expect(errorCode).toBe('INTERNAL_ERROR')
    expect(message).toContain('SELEC 1')
  })
})
