/** What runs on the XS engine: `npm run test:xs`. Needs QEMU and two C compilers, which it installs when run as root. */
export default {
  files: ['dist/test/xs/**/*.test.js'],
  timeout: '5m',
  verbose: true,
  // The board is built once, by whichever comes first.
  concurrency: 1,
};
