import { crc32, createInflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";

/** One file of an archive, as the central directory lists it. */
export interface ZipEntry {
  name: string;
  method: number;
  compressedBytes: number;
  /** As declared; what really comes out is counted while it is unpacked. */
  bytes: number;
  crc32: number;
  /** Of the local header. */
  offset: number;
}

/** The archive is broken, encrypted, or would unpack to more than is allowed. */
export class ZipError extends Error {
  override name = "ZipError";
  readonly code: "zip_broken" | "zip_encrypted" | "zip_too_large";
  constructor(code: ZipError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Parts of a workbook: Excel's own limit of sheets is memory; a real one has a few dozen parts. */
const ENTRIES_MAX = 2_000;

/** All that an archive may unpack to: a sheet of a million rows has about 300 MB of XML. */
export const UNPACKED_BYTES_MAX = 400_000_000;

/**
 * The directory of an archive. Nothing is unpacked; sizes that add up to more than is allowed are refused here already.
 * @throws ZipError
 */
export function readZipDirectory(bytes: Uint8Array): Map<string, ZipEntry> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(buffer);
  const count = buffer.readUInt16LE(end + 10);
  let at = buffer.readUInt32LE(end + 16);
  if (count > ENTRIES_MAX) throw new ZipError("zip_too_large", `${count} parts`);
  const entries = new Map<string, ZipEntry>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > buffer.length || buffer.readUInt32LE(at) !== 0x02014b50) throw broken("directory entry");
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => buffer.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (buffer.readUInt16LE(at + 8) & 1) throw new ZipError("zip_encrypted", "a part is encrypted");
    const name = buffer.toString("utf8", at + 46, at + 46 + nameBytes);
    const entry = {
      name,
      method: buffer.readUInt16LE(at + 10),
      crc32: buffer.readUInt32LE(at + 16),
      compressedBytes: buffer.readUInt32LE(at + 20),
      bytes: buffer.readUInt32LE(at + 24),
      offset: buffer.readUInt32LE(at + 42),
    };
    total += entry.bytes;
    if (total > UNPACKED_BYTES_MAX) throw new ZipError("zip_too_large", `more than ${UNPACKED_BYTES_MAX} bytes unpacked`);
    entries.set(name.replaceAll("\\", "/"), entry);
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return entries;
}

const broken = (what: string) => new ZipError("zip_broken", `the archive is cut off or damaged: ${what}`);

/** The end-of-directory record stands in the last 22 bytes and a comment of at most 65,535. */
function endOfDirectory(buffer: Buffer): number {
  for (let at = buffer.length - 22; at >= Math.max(0, buffer.length - 22 - 0xffff); at--) {
    if (buffer.readUInt32LE(at) === 0x06054b50) return at;
  }
  throw broken("no directory");
}

function compressed(bytes: Uint8Array, entry: ZipEntry): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = entry.offset;
  if (at + 30 > buffer.length || buffer.readUInt32LE(at) !== 0x04034b50) throw broken(entry.name);
  const start = at + 30 + buffer.readUInt16LE(at + 26) + buffer.readUInt16LE(at + 28);
  if (start + entry.compressedBytes > buffer.length) throw broken(entry.name);
  if (entry.method !== 0 && entry.method !== 8) throw broken(`${entry.name} is packed by method ${entry.method}`);
  return buffer.subarray(start, start + entry.compressedBytes);
}

/** A small part, whole. @throws ZipError when it is larger than `bytesMax` */
export function unpackWhole(bytes: Uint8Array, entry: ZipEntry, bytesMax: number): Buffer {
  const packed = compressed(bytes, entry);
  if (entry.bytes > bytesMax) throw new ZipError("zip_too_large", `${entry.name} has more than ${bytesMax} bytes`);
  const plain = entry.method === 0 ? packed : inflateWhole(packed, entry, bytesMax);
  if (crc32(plain) !== entry.crc32) throw damaged(entry);
  return plain;
}

function inflateWhole(packed: Buffer, entry: ZipEntry, bytesMax: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new ZipError("zip_too_large", `${entry.name} unpacks to more than ${bytesMax} bytes`);
    }
    throw broken(entry.name);
  }
}

const damaged = (entry: ZipEntry) => broken(`${entry.name} differs from its checksum`);

/**
 * A part, chunk by chunk, never more than `bytesMax` in all. Its checksum is known when the last chunk has been read.
 * @throws ZipError
 */
export async function* unpackStream(bytes: Uint8Array, entry: ZipEntry, bytesMax = UNPACKED_BYTES_MAX): AsyncGenerator<Buffer> {
  const packed = compressed(bytes, entry);
  let total = 0;
  let checksum = 0;
  for await (const chunk of entry.method === 0 ? [packed] : inflated(packed, entry)) {
    total += chunk.length;
    if (total > bytesMax) throw new ZipError("zip_too_large", `${entry.name} unpacks to more than ${bytesMax} bytes`);
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (checksum !== entry.crc32) throw damaged(entry);
}

async function* inflated(packed: Buffer, entry: ZipEntry): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: 65_536 });
  inflate.end(packed);
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw new ZipError("zip_broken", `the archive is cut off or damaged: ${entry.name} (${(error as Error).message})`);
  } finally {
    inflate.destroy();
  }
}

/** An archive of the parts, deflated, in the order given. The same parts give the same bytes: the date is fixed. */
export function writeZip(parts: readonly { name: string; content: string }[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of parts) {
    const nameBytes = Buffer.from(name, "utf8");
    const plain = Buffer.from(content, "utf8");
    const packed = deflateRawSync(plain);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(0x0800, 2); // names in UTF-8
    common.writeUInt16LE(8, 4); // deflate
    common.writeUInt32LE(0x00210000, 6); // 1980-01-01, the first date the format has
    common.writeUInt32LE(crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(plain.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, nameBytes, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, tail, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
