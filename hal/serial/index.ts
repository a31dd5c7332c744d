/** The serial line: the device's server, and the codec that both ends share. */
export { countsNew, openSerial } from './server.ts';
export type { Serial, SerialCounts } from './server.ts';
export { Act } from './serving.ts';
export type { SerialOptions } from './serving.ts';
export { crc16 } from './line/crc16.ts';
export { lineReaderNew, lineTake } from './line/reader.ts';
export type { LineReader } from './line/reader.ts';
export { lineBegin, lineGive, lineLength, lineWriterNew } from './line/writer.ts';
export type { LineWriter } from './line/writer.ts';
export { HEADER, headerNew, headerRead, headerWrite, Op } from './message/header.ts';
export type { Header } from './message/header.ts';
export { Group } from './answer/table.ts';
