/** A value of a JSON text; an object's fields are a map. */
export type Json = null | boolean | number | string | Json[] | Map<string, Json>;

/** Deepest nesting of lists and objects that {@link parseJson} follows. */
const MAX_DEPTH = 64;

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads a JSON text (RFC 8259) and refuses an object with two fields of one name, which `JSON.parse` lets pass.
 *
 * @throws Error if it is not JSON; the message says what was found, and where
 */
export function parseJson(text: string): Json {
  return new Reader(text).document();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value(0);
    if (this.#at < this.#text.length) {
      throw this.#unexpected("the end");
    }
    return value;
  }

  /** A value with the white space around it. */
  #value(depth: number): Json {
    if (depth > MAX_DEPTH) {
      throw new Error(`it is nested deeper than ${MAX_DEPTH} levels`);
    }
    this.#space();
    const value = this.#bare(depth);
    this.#space();
    return value;
  }

  #bare(depth: number): Json {
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#list(depth);
      case '"':
        return this.#string();
      default:
        break;
    }
    const word = this.#match(/true|false|null/y);
    if (word !== undefined) {
      return word === "null" ? null : word === "true";
    }
    const number = this.#match(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y);
    if (number === undefined) {
      throw this.#unexpected("a value");
    }
    return Number(number);
  }

  #object(depth: number): Map<string, Json> {
    const fields = new Map<string, Json>();
    this.#at++;
    this.#space();
    if (this.#skip("}")) {
      return fields;
    }
    do {
      this.#space();
      const name = this.#text[this.#at] === '"' ? this.#string() : undefined;
      if (name === undefined) {
        throw this.#unexpected("a name in quotes");
      }
      if (fields.has(name)) {
        throw new Error(`the key ${JSON.stringify(name)} occurs twice in an object`);
      }
      this.#space();
      this.#expect(":");
      fields.set(name, this.#value(depth + 1));
    } while (this.#skip(","));
    this.#expect("}");
    return fields;
  }

  #list(depth: number): Json[] {
    const list: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#skip("]")) {
      return list;
    }
    do {
      list.push(this.#value(depth + 1));
    } while (this.#skip(","));
    this.#expect("]");
    return list;
  }

  /** Goes by characters: a pattern that repeats would run out of stack on a long string. */
  #string(): string {
    const start = this.#at;
    this.#at++;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return JSON.parse(this.#text.slice(start, this.#at)) as string;
      }
      if (code === BACKSLASH) {
        if (this.#match(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y) === undefined) {
          throw this.#unexpected("an escape");
        }
      } else if (code >= SPACE) {
        this.#at++;
      } else {
        throw this.#unexpected("a character of a string");
      }
    }
  }

  #space(): void {
    this.#match(/[ \t\n\r]*/y);
  }

  #skip(character: string): boolean {
    const found = this.#text[this.#at] === character;
    if (found) {
      this.#at++;
    }
    return found;
  }

  #expect(character: string): void {
    if (!this.#skip(character)) {
      throw this.#unexpected(`'${character}'`);
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #unexpected(expected: string): Error {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    const actual = rest === "" ? "the end" : JSON.stringify(rest);
    return new Error(`it is not JSON: ${expected} must be at character ${this.#at}, not ${actual}`);
  }
}
