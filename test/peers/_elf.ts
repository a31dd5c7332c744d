/** The least ELF file that esptool makes an application image of: sections with data, at addresses. */

export interface Section {
  readonly name: string;
  readonly address: number;
  readonly data: Uint8Array;
  readonly executable: boolean;
}

const HEADER = 52;
const SECTION_HEADER = 40;
const PROGRAM_HEADER = 32;
const PROGBITS = 1;
const STRTAB = 3;
const ALLOC = 2;
const EXEC = 4;
const LOAD = 1;

/** EM_XTENSA for an ESP32, EM_RISCV for a C3. */
export const Machine = { xtensa: 94, riscv: 243 } as const;

const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => bytes.writeUInt32LE(value >>> 0, at * 4));
  return bytes;
};

export const elfOf = (machine: number, entry: number, sections: readonly Section[]): Buffer => {
  const names = Buffer.from(`\0${sections.map(({ name }) => `${name}\0`).join('')}.shstrtab\0`, 'latin1');
  const dataAt: number[] = [];
  let at = HEADER + PROGRAM_HEADER * sections.length;
  for (const { data } of sections) {
    dataAt.push(at);
    at += data.length;
  }
  const namesAt = at;
  const headersAt = (namesAt + names.length + 3) & ~3;
  const nameAt = (name: string): number => names.indexOf(`\0${name}\0`, 0, 'latin1') + 1;
  const ident = Buffer.from('7f454c46010101000000000000000000', 'hex');
  const kind = Buffer.alloc(4);
  kind.writeUInt16LE(2, 0);
  kind.writeUInt16LE(machine, 2);
  const tail = Buffer.alloc(12);
  [HEADER, PROGRAM_HEADER, sections.length, SECTION_HEADER, sections.length + 2, sections.length + 1].forEach(
    (value, index) => tail.writeUInt16LE(value, index * 2),
  );
  const programs = sections.map(({ address, data, executable }, index) =>
    words(LOAD, dataAt[index]!, address, address, data.length, data.length, executable ? 5 : 6, 4),
  );
  const headers = sections.map(({ name, address, data, executable }, index) =>
    words(
      nameAt(name),
      PROGBITS,
      executable ? ALLOC | EXEC : ALLOC,
      address,
      dataAt[index]!,
      data.length,
      0,
      0,
      4,
      0,
    ),
  );
  const strings = words(nameAt('.shstrtab'), STRTAB, 0, 0, namesAt, names.length, 0, 0, 1, 0);
  return Buffer.concat([
    ident,
    kind,
    words(1, entry, HEADER, headersAt, 0),
    tail,
    ...programs,
    ...sections.map(({ data }) => data),
    names,
    Buffer.alloc(headersAt - namesAt - names.length),
    Buffer.alloc(SECTION_HEADER),
    ...headers,
    strings,
  ]);
};
