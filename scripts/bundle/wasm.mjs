// The parts of the wasm binary format that the build needs: sections, and lengths as LEB128.
// https://webassembly.github.io/spec/core/binary/

const HEADER = 8;

/** Encodes a length. @param {number} size */
export function leb128(size) {
  const bytes = [];
  for (let left = size; ; left >>>= 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}

/** Bytes prefixed with their length: a section's content or a name. @param {Uint8Array[]} parts */
export function sized(...parts) {
  const content = Buffer.concat(parts);
  return Buffer.concat([leb128(content.length), content]);
}

/** Reads values in sequence. */
export class Reader {
  at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  byte() {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error("the module ends in the middle of something");
    return byte;
  }

  /** @param {number} size */
  take(size) {
    if (this.at + size > this.bytes.length) throw new Error("the module ends in the middle of something");
    return this.bytes.subarray(this.at, (this.at += size));
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  name() {
    return Buffer.from(this.take(this.number())).toString();
  }
}

/** Replaces each section's content with `change`. @param {Buffer} wasm @param {(id: number, content: Uint8Array) => Uint8Array} change */
export function mapSections(wasm, change) {
  const reader = new Reader(wasm);
  const parts = [reader.take(HEADER)];
  while (reader.at < wasm.length) {
    const id = reader.byte();
    parts.push(Buffer.from([id]), sized(change(id, reader.take(reader.number()))));
  }
  return Buffer.concat(parts);
}
