/**
 * Refuses what is no whole number from `least` on.
 *
 * @throws RangeError naming the field and the value
 */
export function requireWhole(value: number, name: string, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}; it must be a whole number from ${least}`);
  }
  return value;
}
