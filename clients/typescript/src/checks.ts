/** The largest number that the contract's counts can hold. */
export const MAX_COUNT = 2 ** 31 - 1;

const MAX_SEED = 2n ** 64n - 1n;

/** The longest time that the clock of Node.js can measure, ms: 25 days. */
const MAX_MILLIS = 2 ** 31 - 1;

/**
 * Refuses anything but a whole number from `least` to `most`.
 *
 * @param name the argument, for the message
 * @throws RangeError naming the argument, what it may be, and its value
 */
export function requireWhole(
  value: number,
  name: string,
  least: number,
  most: number = MAX_COUNT,
): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `${name} must be a whole number from ${least} to ${most}, but is ${shown(value)}`,
    );
  }
  return value;
}

/** Like {@link requireWhole} from 1 on, for a count that may be absent; the contract then has 0. */
export function optionalCount(value: number | undefined, name: string): number {
  return value === undefined ? 0 : requireWhole(value, name, 1);
}

/**
 * Refuses anything but an unsigned 64-bit number. Numbers that are no `bigint` are refused too: they lose the last bits
 * of a large seed.
 *
 * @throws RangeError naming the argument, what it may be, and its value
 */
export function requireSeed(value: bigint, name: string): bigint {
  if (typeof value !== "bigint" || value < 0n || value > MAX_SEED) {
    throw new RangeError(
      `${name} must be a bigint from 0n to 2n ** 64n - 1n, but is ${shown(value)}`,
    );
  }
  return value;
}

/**
 * Refuses a list of seeds in which one is wrong.
 *
 * @returns a copy
 */
export function requireSeeds(values: readonly bigint[], name: string): bigint[] {
  return requireList(values, name).map((value, i) => requireSeed(value, `${name}[${i}]`));
}

/**
 * Refuses a list of indices in which one cannot be an index.
 *
 * @returns a copy
 */
export function requireIndices(values: readonly number[], name: string): number[] {
  return requireList(values, name).map((value, i) => requireWhole(value, `${name}[${i}]`, 0));
}

/**
 * Refuses anything but an array.
 *
 * @throws TypeError naming the argument
 */
export function requireList<V>(values: readonly V[], name: string): readonly V[] {
  if (!Array.isArray(values)) {
    throw new TypeError(`${name} must be an array, but is ${shown(values)}`);
  }
  return values;
}

/**
 * A time limit in ms: what is longer than the clock can measure, 2^31 − 1 ms, is no limit.
 *
 * @returns the limit, or `Infinity` for none
 * @throws RangeError naming the argument and its value, if it is not above 0
 */
export function requireLimit(millis: number, name: string): number {
  if (typeof millis !== "number" || !(millis > 0)) {
    throw new RangeError(
      `${name} must be above 0 ms, or Infinity for no limit, but is ${shown(millis)}`,
    );
  }
  return millis > MAX_MILLIS ? Number.POSITIVE_INFINITY : millis;
}

/** A value as the source of a program has it, for messages. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return `${value}n`;
    case "string":
      return `the text '${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    case "function":
      return "a function";
    default:
      return String(value);
  }
}
