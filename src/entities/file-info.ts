/** An entry of an artifact listing. */
export interface FileInfo {
  /** Relative to the run's artifact root, with `/`. */
  readonly path: string
  readonly isDir: boolean
  /** Bytes; null for directories. */
  readonly fileSize: number | null
}
