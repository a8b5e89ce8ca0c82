import { shown } from "./checks.js";
import { unusable } from "./errors.js";

/** Values of an enum of the contract, and the words that stand for them in this client. */
export class Words<W extends string> {
  readonly #numbers: Readonly<Record<W, number>>;
  readonly #words = new Map<number, W>();

  constructor(numbers: Readonly<Record<W, number>>) {
    this.#numbers = numbers;
    for (const word of Object.keys(numbers) as W[]) {
      this.#words.set(numbers[word], word);
    }
  }

  /**
   * The value that a word stands for.
   *
   * @param field what is set to it, for the message
   * @throws RangeError if there is no such word
   */
  value(word: W, field: string): number {
    if (!Object.hasOwn(this.#numbers, word)) {
      const allowed = Object.keys(this.#numbers).join(", ");
      throw new RangeError(`${field} must be one of ${allowed}, but is ${shown(word)}`);
    }
    return this.#numbers[word];
  }

  /**
   * The word for a value of an answer, in a field that has no other values.
   *
   * @throws GaitwayError if there is no such word
   */
  answer(value: number, field: string): W {
    const word = this.#words.get(value);
    if (word === undefined) {
      throw unusable(`${field} is ${value}, which this client does not know`);
    }
    return word;
  }

  /** The word for a value, or `otherwise` for values that a newer server may send. */
  word(value: number, otherwise: W): W {
    return this.#words.get(value) ?? otherwise;
  }
}
