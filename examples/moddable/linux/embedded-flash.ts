/** The module that stands for "embedded:storage/flash" on Linux. */
export { flash as default } from 'board';
