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
  const length = product(shape);
  if (array.length < length) {
    throw new RangeError(
      `${name} must have at least ${length} entries, shape (${shape.join(", ")}), but has ${array.length}`,
    );
  }
  return {
    dtype: DataType.FLOAT64,
    shape: shape.map(BigInt),
    data: new Uint8Array(array.buffer, array.byteOffset, length * BYTES),
  };
}

/**
 * The array itself if it is one of float64, else its entries in a new one.
 *
 * @throws TypeError if it is no array of numbers
 */
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
  const array = numbers(values, name);
  const length = product(shape);
  if (array.length !== length) {
    throw wrongLength(name, shape, array.length);
  }
  return encodeNumbers(array, name, shape);
}

/**
 * Number of rows of so many columns.
 *
 * @throws RangeError if the last row is not full
 */
export function wholeRows(values: Float64Array, name: string, columns: number): number {
  const count = values.length / columns;
  if (!Number.isInteger(count)) {
    throw new RangeError(
      `${name} must have whole rows of ${columns} entries, but has ${values.length} entries`,
    );
  }
  return count;
}

/**
 * Encodes truth values, shape (length).
 *
 * @throws RangeError if there are more or fewer
 * @throws TypeError if they are no truth values
 */
export function encodeFlags(values: Flags, name: string, length: number): Tensor {
  if (!(values instanceof Uint8Array) && !Array.isArray(values)) {
    throw new TypeError(`${name} must be a Uint8Array or an array of truth values`);
  }
  if (values.length !== length) {
    throw wrongLength(name, [length], values.length);
  }
  return {
    dtype: DataType.BOOL,
    shape: [BigInt(length)],
    data: Uint8Array.from(values as ArrayLike<boolean | number>, (value) => (value ? 1 : 0)),
  };
}

/** The error for an array of another length than its shape. */
export function wrongLength(name: string, shape: readonly number[], length: number): RangeError {
  return new RangeError(
    `${name} must have ${product(shape)} entries, shape (${shape.join(", ")}), but has ${length}`,
  );
}

/**
 * Decodes the numbers of an answer: a view of the message where that is aligned to 8 bytes, else a copy.
 *
 * @throws GaitwayError if the tensor has another shape or type than what was asked for
 */
export function decodeNumbers(
  tensor: Tensor | undefined,
  name: string,
  shape: readonly number[],
): Float64Array {
  const data = bytes(tensor, name, DataType.FLOAT64, shape);
  const length = product(shape);
  if (data.byteOffset % BYTES === 0) {
    return new Float64Array(data.buffer as ArrayBuffer, data.byteOffset, length);
  }
  const copy = new Float64Array(length);
  new Uint8Array(copy.buffer).set(data);
  return copy;
}

/**
 * Decodes the numbers of an answer into `out`, from entry `at` on; there is room for them.
 *
 * @throws GaitwayError if the tensor has another shape or type than what was asked for
 */
export function decodeInto(
  tensor: Tensor | undefined,
  name: string,
  out: Float64Array,
  at: number,
  shape: readonly number[],
): void {
  const data = bytes(tensor, name, DataType.FLOAT64, shape);
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(data, at * BYTES);
}

/**
 * Decodes the truth values of an answer, 0 or 1, shape (length).
 *
 * @throws GaitwayError if the tensor has another shape or type than what was asked for
 */
export function decodeFlags(tensor: Tensor | undefined, name: string, length: number): Uint8Array {
  const flags = bytes(tensor, name, DataType.BOOL, [length]);
  if (flags.some((flag) => flag > 1)) {
    throw unusable(`${name} has truth values other than 0 and 1`);
  }
  return flags;
}

/** Like {@link decodeFlags} for a tensor that is absent when all are 0. */
export function decodeOptionalFlags(
  tensor: Tensor | undefined,
  name: string,
  length: number,
): Uint8Array {
  return tensor === undefined ? new Uint8Array(length) : decodeFlags(tensor, name, length);
}

/** Number of rows that a tensor says it has; zero for an absent one. */
export function rows(tensor: Tensor | undefined): number {
  return Number(tensor?.shape[0] ?? 0n);
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** The bytes of a tensor that is what it should be; one without entries may be absent. */
function bytes(
  tensor: Tensor | undefined,
  name: string,
  dtype: DataType.FLOAT64 | DataType.BOOL,
  shape: readonly number[],
): Uint8Array {
  const length = product(shape);
  if (tensor === undefined) {
    if (length === 0) {
      return new Uint8Array(0);
    }
    throw unusable(`${name} is missing`);
  }
  const said = tensor.shape.map(Number);
  if (said.length !== shape.length || said.some((size, i) => size !== shape[i])) {
    throw unusable(
      `${name} has shape (${said.join(", ")}), but (${shape.join(", ")}) was asked for`,
    );
  }
  const unspecified = tensor.dtype === DataType.UNSPECIFIED && dtype === DataType.FLOAT64;
  if (tensor.dtype !== dtype && !unspecified) {
    const wanted = dtype === DataType.BOOL ? "truth values" : "float64 numbers";
    throw unusable(`${name} does not hold ${wanted}`);
  }
  const size = length * (dtype === DataType.BOOL ? 1 : BYTES);
  if (tensor.data.byteLength !== size) {
    throw unusable(`${name} has ${tensor.data.byteLength} bytes; its shape needs ${size}`);
  }
  return tensor.data;
}
