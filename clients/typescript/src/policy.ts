import { readFile } from "node:fs/promises";
import type { Mlp } from "./controllers.js";
import type { EnvironmentInfo } from "./environment.js";

/**
 * A policy that Gaitway has trained: a network with one hidden layer, π(u | x) = N(μ(x), diag(std²)). Its mean has the same
 * bits here as in the simulator, see `docs/policy-format.md`.
 */
export class Policy {
  /** The environment that it was trained in. */
  readonly environment: {
    readonly id: string;
    readonly version: string;
    readonly modelDigest: string;
  };
  /** Names of the state's entries, in order; nx of them. */
  readonly states: readonly string[];
  /** Names of the action's entries, in order; nu of them. */
  readonly actions: readonly string[];
  /** The state entries that the network reads, in order; d of them. */
  readonly inputs: readonly number[];
  /** Standard deviations of the noise, shape (nu). */
  readonly std: Float64Array;
  readonly #hidden: DenseLayer;
  readonly #output: DenseLayer;

  private constructor(file: Field) {
    file.field("format").oneOf("gaitway-policy");
    file.field("format_version").oneOf(1);
    const environment = file.field("environment");
    this.environment = {
      id: environment.field("id").text(),
      version: environment.field("version").text(),
      modelDigest: environment.field("model_digest").text(),
    };
    this.states = file.field("states").list((entry) => entry.text());
    this.actions = file.field("actions").list((entry) => entry.text());
    this.inputs = file.field("inputs").list((entry) => {
      const index = entry.field("index").index(this.states.length);
      entry.field("name").oneOf(this.states[index] as string);
      return index;
    });
    const layers = file.field("layers");
    layers.length(2);
    this.#hidden = denseLayer(layers.item(0), this.inputs.length, undefined, "softplus");
    const units = this.#hidden.b.length;
    this.#output = denseLayer(layers.item(1), units, this.actions.length, "linear");
    this.std = file.field("std").numbers(this.actions.length);
    for (const [i, std] of this.std.entries()) {
      file
        .field("std")
        .item(i)
        .require(std > 0, "a number above 0");
    }
  }

  /**
   * Reads a policy file.
   *
   * @throws Error if it cannot be read, or is no policy of this format; the message names the field
   */
  static async read(path: string): Promise<Policy> {
    return Policy.parse(await readFile(path, "utf8"), path);
  }

  /**
   * Reads the text of a policy file.
   *
   * @param name what the text is called in messages
   */
  static parse(text: string, name = "policy"): Policy {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new Error(`${name} is no JSON: ${(error as Error).message}`, { cause: error });
    }
    return new Policy(new Field(value, name, ""));
  }

  /**
   * Checks that the policy can act in an environment.
   *
   * @throws RangeError if it is for another one, or the names of its states or actions are others
   */
  requireFits(environment: EnvironmentInfo): void {
    if (this.environment.id !== environment.id) {
      throw new RangeError(
        `the policy is for ${this.environment.id}; the environment is ${environment.id}`,
      );
    }
    const pairs = [
      ["states", this.states, environment.state],
      ["actions", this.actions, environment.action],
    ] as const;
    for (const [what, names, entries] of pairs) {
      const expected = entries.map((entry) => entry.name);
      if (names.join() !== expected.join()) {
        throw new RangeError(
          `the policy's ${what} are ${names.join(", ")}; those of ${environment.id} are ${expected.join(", ")}`,
        );
      }
    }
  }

  /**
   * The policy's mean actions for n states.
   *
   * @param xs states, shape (n, nx)
   * @returns actions, shape (n, nu)
   */
  act(xs: Float64Array): Float64Array {
    const [nx, nu] = [this.states.length, this.actions.length];
    const n = xs.length / nx;
    if (!Number.isInteger(n)) {
      throw new RangeError(`xs has ${xs.length} entries; rows of ${nx} need a multiple of that`);
    }
    const us = new Float64Array(n * nu);
    const input = new Float64Array(this.inputs.length);
    const hidden = new Float64Array(this.#hidden.b.length);
    for (let row = 0; row < n; row++) {
      for (const [i, index] of this.inputs.entries()) {
        input[i] = xs[row * nx + index] as number;
      }
      affine(this.#hidden, input, hidden);
      for (let i = 0; i < hidden.length; i++) {
        hidden[i] = softplus(hidden[i] as number);
      }
      affine(this.#output, hidden, us.subarray(row * nu, (row + 1) * nu));
    }
    return us;
  }

  /**
   * The policy as a controller that is sent to the simulator.
   *
   * @param noise whether it draws its actions rather than taking the mean
   */
  controller({ noise = false }: { noise?: boolean } = {}): Mlp {
    return {
      kind: "mlp",
      inputs: this.inputs,
      layers: [this.#hidden, this.#output],
      activation: "softplus",
      ...(noise ? { std: this.std } : {}),
    };
  }
}

/** An affine layer W z + b. */
interface DenseLayer {
  /** Shape (outputs, inputs). */
  readonly W: Float64Array;
  /** Shape (outputs). */
  readonly b: Float64Array;
}

/** out = W z + b, each sum from its bias on by ascending index, as the contract says. */
function affine({ W, b }: DenseLayer, z: Float64Array, out: Float64Array): void {
  for (let i = 0; i < b.length; i++) {
    let sum = b[i] as number;
    const row = i * z.length;
    for (let j = 0; j < z.length; j++) {
      sum += (W[row + j] as number) * (z[j] as number);
    }
    out[i] = sum;
  }
}

/** log(1 + exp z). */
function softplus(z: number): number {
  return Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z)));
}

function denseLayer(
  layer: Field,
  inputs: number,
  outputs: number | undefined,
  activation: string,
): DenseLayer {
  layer.field("activation").oneOf(activation);
  const b = layer.field("b").numbers(outputs);
  const weights = layer.field("W");
  weights.length(b.length);
  const W = new Float64Array(b.length * inputs);
  for (let i = 0; i < b.length; i++) {
    W.set(weights.item(i).numbers(inputs), i * inputs);
  }
  return { W, b };
}

/** A value of a JSON file that knows where it stands, for messages. */
class Field {
  readonly #value: unknown;
  readonly #file: string;
  readonly #path: string;

  constructor(value: unknown, file: string, path: string) {
    this.#value = value;
    this.#file = file;
    this.#path = path;
  }

  field(name: string): Field {
    const object = this.#value;
    const ok = typeof object === "object" && object !== null && !Array.isArray(object);
    this.require(ok, "an object");
    const path = this.#path === "" ? name : `${this.#path}.${name}`;
    return new Field((object as Record<string, unknown>)[name], this.#file, path);
  }

  item(index: number): Field {
    const value = (this.#array() as unknown[])[index];
    return new Field(value, this.#file, `${this.#path}[${index}]`);
  }

  list<V>(read: (item: Field) => V): V[] {
    const array = this.#array();
    this.require(array.length > 0, "a list with entries");
    return array.map((_, i) => read(this.item(i)));
  }

  /** Finite numbers, so many if that is said, else at least one. */
  numbers(length?: number): Float64Array {
    if (length !== undefined) {
      this.length(length);
    }
    return Float64Array.from(this.list((item) => item.#number()));
  }

  length(length: number): void {
    const actual = this.#array().length;
    this.#require(actual === length, `a list of ${length}`, `a list of ${actual}`);
  }

  text(): string {
    this.require(typeof this.#value === "string", "a text");
    return this.#value as string;
  }

  index(length: number): number {
    const index = this.#number();
    this.require(
      Number.isInteger(index) && index >= 0 && index < length,
      `from 0 to ${length - 1}`,
    );
    return index;
  }

  oneOf(allowed: string | number): void {
    this.require(this.#value === allowed, JSON.stringify(allowed));
  }

  require(ok: boolean, allowed: string): void {
    this.#require(ok, allowed, this.#value === undefined ? "absent" : JSON.stringify(this.#value));
  }

  #number(): number {
    this.require(Number.isFinite(this.#value), "a finite number");
    return this.#value as number;
  }

  #array(): unknown[] {
    this.require(Array.isArray(this.#value), "a list");
    return this.#value as unknown[];
  }

  #require(ok: boolean, allowed: string, actual: string): void {
    if (!ok) {
      const shown = actual.length > 60 ? `${actual.slice(0, 57)}...` : actual;
      throw new Error(
        `${this.#file}: ${this.#path || "the file"} is ${shown}; it must be ${allowed}`,
      );
    }
  }
}
