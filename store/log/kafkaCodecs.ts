import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import Lz4Codec from "@2l/kafkajs-lz4";
import kafkajs from "kafkajs";
import snappyCodec from "kafkajs-snappy";

const [compressZstd, decompressZstd] = [promisify(zstdCompress), promisify(zstdDecompress)];

/**
 * Other producers of our topics compress as they like, and one record in a codec that kafkajs does not know stops its consumer
 * for good. gzip it knows; @kafkajs/zstd and kafkajs-lz4 do not work on Node 24.
 */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  // The package exports the class itself; its types say that it is in `default`.
  const lz4 = new (Lz4Codec as unknown as typeof Lz4Codec.default)();
  CompressionCodecs[CompressionTypes.Snappy] = snappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = lz4.codec;
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: (encoder: { buffer: Buffer }) => compressZstd(encoder.buffer),
    decompress: (buffer: Buffer) => decompressZstd(buffer),
  });
}
