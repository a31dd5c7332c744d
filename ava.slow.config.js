export default {
  files: ['dist/test/slow/**/*.test.js'],
  timeout: '30m',
};
