/** test/vectors/signatures.json, made a module by the manifest. */
declare module 'signatures' {
  const rows: readonly object[];
  export default rows;
}
