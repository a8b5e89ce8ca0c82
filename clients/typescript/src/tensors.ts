import { endianness } from "node:os";
import { unusable } from "./errors.js";
import { DataType, type Tensor } from "./generated/gaitway/v1/tensor.js";

/** Numbers that go to the server; a `Float64Array` is encoded without a conversion. */
export type Numbers = Float64Array | readonly number[];

/** Truth values that go to the server. */
export type Flags = Uint8Array | readonly boolean[];

const BYTES = Float64Array.BYTES_PER_ELEMENT;

/**
 * Refuses hosts whose numbers have their bytes in another order than the wire.
 *
 * @throws Error on a big-endian host
 */
export function requireLittleEndian(order: string = endianness()): void {
  if (order !== "LE") {
    throw new Error(
      "this host is big-endian; Gaitway's TypeScript client reads little-endian arrays in place",
    );
  }
}

/**
 * Encodes the first entries of an array, as many as the shape has. The bytes are those of the array: it must not change
 * before the message is encoded.
 *
 * @throws RangeError if there are fewer entries
 * @throws TypeError if it is no array of numbers
 */
export function encodeNumbers(values: Numbers, name: string, shape: readonly number[]): Tensor {
  const array = numbers(values, name);
  const length = shape.reduce((product, size) => product * size, 1);
  if (array.length < length) {
    throw new RangeError(
      `${name} has ${array.length} entries; shape (${shape.join(", ")}) needs ${length}`,
    );
  }
  return {
    dtype: DataType.FLOAT64,
    shape: shape.map(BigInt),
    data: new Uint8Array(array.buffer, array.byteOffset, length * BYTES),
  };
}

/** The array itself if it is one of float64, else its entries in a new one. */
export function numbers(values: Numbers, name: string): Float64Array {
  if (values instanceof Float64Array) {
    return values;
  }
  if (!Array.isArray(values) || values.some((value) => typeof value !== "number")) {
    throw new TypeError(`${name} must be a Float64Array or an array of numbers`);
  }
  return Float64Array.from(values);
}

/** Like {@link encodeNumbers}, but an array that is longer is refused too. */
export function encodeExactly(values: Numbers, name: string, shape: readonly number[]): Tensor {
  const tensor = encodeNumbers(values, name, shape);
  if (values.length * BYTES !== tensor.data.byteLength) {
    throw new RangeError(
      `${name} has ${values.length} entries; shape (${shape.join(", ")}) needs ${tensor.data.byteLength / BYTES}`,
    );
  }
  return tensor;
}

/**
 * Encodes truth values, shape (length).
 *
 * @throws RangeError if there are more or fewer
 */
export function encodeFlags(values: Flags, name: string, length: number): Tensor {
  if (values.length !== length) {
    throw new RangeError(`${name} has ${values.length} entries; shape (${length}) needs ${length}`);
  }
  return {
    dtype: DataType.BOOL,
    shape: [BigInt(length)],
    data: Uint8Array.from(values as ArrayLike<boolean | number>, (value) => (value ? 1 : 0)),
  };
}

/**
 * Decodes so many numbers: a view of the message where that is aligned to 8 bytes, else a copy.
 *
 * @throws GaitwayError if the tensor has more or fewer
 */
export function decodeNumbers(
  tensor: Tensor | undefined,
  name: string,
  length: number,
): Float64Array {
  const data = bytes(tensor, name, length * BYTES);
  if (data.byteOffset % BYTES === 0) {
    return new Float64Array(data.buffer as ArrayBuffer, data.byteOffset, length);
  }
  const copy = new Float64Array(length);
  new Uint8Array(copy.buffer).set(data);
  return copy;
}

/**
 * Decodes so many numbers into `out`, from entry `at` on.
 *
 * @throws GaitwayError if the tensor has more or fewer, or they do not fit
 */
export function decodeInto(
  tensor: Tensor | undefined,
  name: string,
  out: Float64Array,
  at: number,
  length: number,
): void {
  if (at + length > out.length) {
    throw unusable(`${name} has entries beyond those asked for`);
  }
  const data = bytes(tensor, name, length * BYTES);
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(data, at * BYTES);
}

/**
 * Decodes truth values, 0 or 1; an absent tensor means all 0.
 *
 * @throws GaitwayError if the tensor has more or fewer
 */
export function decodeFlags(tensor: Tensor | undefined, name: string, length: number): Uint8Array {
  return tensor === undefined ? new Uint8Array(length) : bytes(tensor, name, length);
}

/** Number of rows of a tensor; zero for an absent one. */
export function rows(tensor: Tensor | undefined): number {
  return Number(tensor?.shape[0] ?? 0n);
}

function bytes(tensor: Tensor | undefined, name: string, length: number): Uint8Array {
  const data = tensor?.data;
  if ((data?.byteLength ?? 0) !== length) {
    throw unusable(`${name} has ${data?.byteLength ?? 0} bytes instead of ${length}`);
  }
  return data ?? new Uint8Array(0);
}
