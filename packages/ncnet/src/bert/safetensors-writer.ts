// Writer of safetensors files: F32 or F16 tensors and text metadata; the same content always gives the same bytes.
// Format: huggingface/safetensors, README, section "Format".
import { toHalf } from './half.ts';

export interface NamedTensor {
  shape: readonly number[];
  values: Float32Array; // row-major
}

/** The bytes of a file; tensors stand in the order of their names, the header is padded to 8 bytes as the format asks. @param dtype F16: every number is rounded to the nearest */
export function encodeTensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
  dtype: 'F32' | 'F16' = 'F32',
): Uint8Array<ArrayBuffer> {
  const names = [...tensors.keys()].sort();
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let size = 0;
  for (const name of names) {
    const { shape, values } = tensors.get(name)!;
    if (shape.reduce((product, side) => product * side, 1) !== values.length) {
      throw new Error(`encodeTensors: expected ${name} of shape [${shape}], got ${values.length} numbers`);
    }
    const end = size + (dtype === 'F16' ? 2 : 4) * values.length;
    entries.push([name, { dtype, shape, data_offsets: [size, end] }]);
    size = end;
  }
  const header = new TextEncoder().encode(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)}}`);
  const length = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length).set(header, 8);
  let at = 8 + length;
  for (const name of names) {
    const given = tensors.get(name)!.values;
    const values = dtype === 'F16' ? Uint16Array.from(given, toHalf) : given;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
