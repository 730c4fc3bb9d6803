// Writer of safetensors files: float32 tensors and text metadata; the same content always gives the same bytes.
// Format: huggingface/safetensors, README, section "Format".

export interface NamedTensor {
  shape: readonly number[];
  values: Float32Array; // row-major
}

/** The bytes of a file; tensors stand in the order of their names, the header is padded to 8 bytes as the format asks. */
export function encodeTensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const names = [...tensors.keys()].sort();
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let size = 0;
  for (const name of names) {
    const { shape, values } = tensors.get(name)!;
    if (shape.reduce((product, side) => product * side, 1) !== values.length) {
      throw new Error(`encodeTensors: expected ${name} of shape [${shape}], got ${values.length} numbers`);
    }
    entries.push([name, { dtype: 'F32', shape, data_offsets: [size, size + 4 * values.length] }]);
    size += 4 * values.length;
  }
  const header = new TextEncoder().encode(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)}}`);
  const length = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length).set(header, 8);
  let at = 8 + length;
  for (const name of names) {
    const { values } = tensors.get(name)!;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
