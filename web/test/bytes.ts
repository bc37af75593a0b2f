/** A tile as the server sends it: numbers of level 0, pairs of smallest and largest of the others. */
export function tileBytes(level: number, first: number, values: readonly number[]): ArrayBuffer {
  const raw = level === 0;
  const bytes = new ArrayBuffer(32 + 4 * values.length);
  const view = new DataView(bytes);
  [..."SLT1"].forEach((c, k) => view.setUint8(k, c.charCodeAt(0)));
  view.setUint32(4, level, true);
  view.setBigInt64(8, BigInt(first), true);
  view.setUint32(16, raw ? values.length : values.length / 2, true);
  view.setUint32(20, 2 ** level, true);
  view.setUint32(24, raw ? 1 : 0, true);
  values.forEach((v, k) => view.setFloat32(32 + 4 * k, v, true));
  return bytes;
}
