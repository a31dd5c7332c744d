/** What runs on the Moddable SDK's Linux tools: `MODDABLE=/path/of/the/sdk npm run test:moddable`. */
export default {
  files: ['dist/test/moddable/sdk/**/*.test.js'],
  timeout: '5m',
  verbose: true,
  // The first builds what the others run.
  concurrency: 1,
  serial: true,
};
