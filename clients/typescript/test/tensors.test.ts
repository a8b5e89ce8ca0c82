import assert from "node:assert/strict";
import { test } from "node:test";
import { DataType, Tensor } from "#dist/generated/gaitway/v1/tensor.js";
import {
  decodeFlags,
  decodeInto,
  decodeNumbers,
  decodeOptionalFlags,
  encodeExactly,
  encodeFlags,
  encodeNumbers,
  requireLittleEndian,
} from "#dist/tensors.js";

const NUMBERS = Float64Array.of(1, -0, Number.POSITIVE_INFINITY, Number.MIN_VALUE, Math.PI);

/** The tensor as it comes in a message whose tensor data starts at an offset from a multiple of 8. */
function received(offset: number): Tensor {
  const data = new Uint8Array(NUMBERS.byteLength + 16);
  data.set(new Uint8Array(NUMBERS.buffer), offset);
  return {
    dtype: DataType.FLOAT64,
    shape: [BigInt(NUMBERS.length)],
    data: data.subarray(offset, offset + NUMBERS.byteLength),
  };
}

test("aligned numbers are a view of the message", () => {
  for (const offset of [0, 8]) {
    const tensor = received(offset);
    const numbers = decodeNumbers(tensor, "x", [5]);
    assert.deepEqual(numbers, NUMBERS);
    assert.equal(numbers.buffer, tensor.data.buffer);
  }
});

test("numbers that are not aligned are copied", () => {
  for (let offset = 1; offset < 8; offset++) {
    const tensor = received(offset);
    const numbers = decodeNumbers(tensor, "x", [5]);
    assert.deepEqual(numbers, NUMBERS);
    assert.notEqual(numbers.buffer, tensor.data.buffer);
  }
});

test("numbers are put into a larger array at any offset", () => {
  for (let offset = 0; offset < 8; offset++) {
    const out = new Float64Array(9).fill(7);
    decodeInto(received(offset), "x", out, 2, [5]);
    assert.deepEqual(out, Float64Array.of(7, 7, ...NUMBERS, 7, 7));
  }
});

test("an answer of another shape or type than was asked for is refused", () => {
  assert.throws(() => decodeNumbers(received(0), "states", [6]), {
    name: "GaitwayError",
    message: "the server's answer cannot be used: states has shape (5), but (6) was asked for",
  });
  assert.throws(() => decodeNumbers(received(0), "states", [5, 1]), /shape \(5\), but \(5, 1\)/);
  assert.throws(() => decodeNumbers(undefined, "states", [1]), /states is missing/);
  assert.deepEqual(decodeNumbers(undefined, "states", [0, 3]), new Float64Array(0));
  const short = { ...received(0), data: new Uint8Array(39) };
  assert.throws(() => decodeNumbers(short, "x", [5]), /x has 39 bytes; its shape needs 40/);
  const negative = { ...received(0), shape: [-1n, -5n] };
  assert.throws(() => decodeNumbers(negative, "x", [5]), /shape \(-1, -5\)/);
  const flags = { dtype: DataType.BOOL, shape: [2n], data: Uint8Array.of(1, 2) };
  assert.throws(() => decodeNumbers({ ...flags, data: new Uint8Array(16) }, "x", [2]), {
    message: /x does not hold float64 numbers/,
  });
  assert.throws(() => decodeFlags(received(0), "f", 5), /f does not hold truth values/);
  assert.throws(() => decodeFlags(flags, "f", 2), /f has truth values other than 0 and 1/);
  assert.throws(() => decodeFlags(undefined, "f", 2), /f is missing/);
});

test("numbers survive the wire, from a view, a list, or a longer array", () => {
  const view = new Float64Array(Float64Array.of(0, ...NUMBERS).buffer, 8);
  for (const tensor of [
    encodeExactly(view, "x", [5, 1]),
    encodeExactly([...NUMBERS], "x", [5, 1]),
    encodeNumbers(Float64Array.of(...NUMBERS, 8, 9), "x", [5, 1]),
  ]) {
    const decoded = Tensor.decode(Tensor.encode(tensor).finish());
    assert.deepEqual(decoded.shape, [5n, 1n]);
    assert.equal(decoded.dtype, DataType.FLOAT64);
    assert.deepEqual(decodeNumbers(decoded, "x", [5, 1]), NUMBERS);
  }
});

test("arrays that do not fit are refused before anything is sent", () => {
  const why = {
    name: "RangeError",
    message: "us must have at least 6 entries, shape (2, 3), but has 5",
  };
  assert.throws(() => encodeNumbers(NUMBERS, "us", [2, 3]), why);
  assert.throws(
    () => encodeExactly(NUMBERS, "us", [2, 2]),
    /us must have 4 entries, shape \(2, 2\), but has 5/,
  );
  assert.throws(() => encodeNumbers(["1"] as unknown as number[], "us", [1]), {
    name: "TypeError",
    message: "us must be a Float64Array or an array of numbers",
  });
  const singles = new Float32Array(6) as unknown as Float64Array;
  assert.throws(() => encodeNumbers(singles, "us", [2, 3]), TypeError);
  assert.throws(
    () => encodeFlags([true], "mask", 2),
    /mask must have 2 entries, shape \(2\), but has 1/,
  );
});

test("truth values are zeros and ones", () => {
  const tensor = encodeFlags([true, false, true], "mask", 3);
  assert.deepEqual(Tensor.decode(Tensor.encode(tensor).finish()).dtype, DataType.BOOL);
  assert.deepEqual([...decodeFlags(tensor, "mask", 3)], [1, 0, 1]);
  assert.deepEqual([...encodeFlags(Uint8Array.of(0, 5), "mask", 2).data], [0, 1]);
  assert.deepEqual([...decodeOptionalFlags(undefined, "clipped", 2)], [0, 0]);
});

test("hosts with big-endian numbers are refused", () => {
  requireLittleEndian("LE");
  assert.throws(() => requireLittleEndian("BE"), /big-endian/);
});
