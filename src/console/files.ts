/** A file of the page, as it is sent. */
export interface PageFile {
  type: string
  content: Buffer
  /** The content for a browser that accepts this coding (RFC 9110 §8.4.1). Made once, at the first request. */
  encoded: (coding: Coding) => Promise<Buffer>
}

export const codings = ['br', 'gzip'] as const
export type Coding = (typeof codings)[number]

/** The page: everything that a browser loads. */
export interface Page {
  /** Changes with the content of every file, so the files below a path with the hash never change. */
  hash: string
  files: ReadonlyMap<string, PageFile>
  /** @param root the relative path from the document to `/` */
  document: (root: string) => string
}
