// The server serves the library under this name.
export * from 'lit-html'
