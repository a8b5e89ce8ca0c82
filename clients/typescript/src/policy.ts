import { open } from "node:fs/promises";
import type { ActivationName, Mlp } from "./controllers.js";
import type { EnvironmentInfo, Parameters } from "./environment.js";
import { type Json, parseJson } from "./json.js";

/** Most bytes of a policy file. */
const MAX_BYTES = 64 * 2 ** 20;
/** Most entries of a state or an action, inputs, and units of a layer. */
const MAX_WIDTH = 4096;
/** Most layers. */
const MAX_LAYERS = 64;

/** exp, expm1 and log1p are fdlibm's in V8 as in the simulator. */
const ACTIVATIONS: Readonly<Record<ActivationName, (z: number) => number>> = {
  linear: (z) => z,
  softplus: (z) => Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z))),
  tanh,
  relu: (z) => Math.max(0, z),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  sigmoid,
  silu: (z) => z * sigmoid(z),
};

/** fdlibm's: that of V8 takes tanh z for z up to 2**-28, and so another last bit there. */
function tanh(z: number): number {
  const size = Math.abs(z);
  if (size < 2 ** -55) {
    return z;
  }
  let value = 1;
  if (size < 1) {
    const t = Math.expm1(-2 * size);
    value = -t / (t + 2);
  } else if (size < 22) {
    value = 1 - 2 / (Math.expm1(2 * size) + 2);
  }
  return Number.isNaN(z) ? z : Math.sign(z) * value;
}

function sigmoid(z: number): number {
  const e = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : e) / (1 + e);
}

/**
 * A trained policy: a network, with the environment that it is for. Its actions have the same bits here as in the
 * simulator; `docs/policy-format.md` describes its file.
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
  /** Words for people; absent for none. */
  readonly comment: string | undefined;
  readonly #network: Network;

  private constructor(about: About, network: Network) {
    this.environment = about.environment;
    this.states = about.states;
    this.actions = about.actions;
    this.comment = about.comment;
    this.#network = network;
  }

  static #read(file: Field): Policy {
    file.field("format").oneOf("gaitway-policy");
    const version = file.field("format_version").oneOf(1, 2, 3);
    if (version === 1) {
      file.only([...REQUIRED, "std"]);
    } else {
      file.only(version === 3 ? [...REQUIRED, "parameters"] : REQUIRED, [
        "comment",
        "scaling",
        "squashing",
        "std",
      ]);
    }
    const environment = file.field("environment");
    environment.only(["id", "version", "model_digest"]);
    const about = {
      environment: {
        id: environment.field("id").text(),
        version: environment.field("version").text(),
        modelDigest: environment.field("model_digest").text(),
      },
      states: file.field("states").names(),
      actions: file.field("actions").names(),
      comment: file.optional("comment")?.text(),
    };
    return new Policy(about, network(file, about.states, about.actions.length, version === 1));
  }

  /** Names of the environment's parameters that the network reads, in order, before the state's entries. */
  get parameters(): readonly string[] {
    return this.#network.parameters ?? [];
  }

  /**
   * The policy when the parameters that it reads have these values for good: one of the state alone, with the same
   * bits. What they add to the first layer's sums has gone into its biases.
   *
   * @param values of the parameters by name, such as `{ target_speed: 1.2 }`; those that it does not read are ignored
   * @throws RangeError if one that it reads is missing or not finite
   */
  at(values: Parameters): Policy {
    return this.parameters.length === 0 ? this : new Policy(this, given(this.#network, values));
  }

  /** The state entries that the network reads, in order; d of them. */
  get inputs(): readonly number[] {
    return this.#network.inputs;
  }

  /** Standard deviations of the noise, shape (nu); absent without noise. */
  get std(): Float64Array | undefined {
    return this.#network.std;
  }

  /**
   * Reads a policy file, of format 1, 2 or 3.
   *
   * @throws Error if it cannot be read, or is not a policy file; the message names the file and the field
   */
  static async read(path: string): Promise<Policy> {
    const file = await open(path);
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of file.createReadStream({ end: MAX_BYTES, autoClose: false })) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
      }
      return Policy.parse(Buffer.concat(chunks, size), path);
    } finally {
      await file.close();
    }
  }

  /**
   * Reads the text, or the bytes, of a policy file.
   *
   * @param name what it is called in messages
   * @throws Error if it is not a policy file; the message names the field
   */
  static parse(content: string | Uint8Array, name = "policy"): Policy {
    try {
      return Policy.#read(new Field(parseJson(text(content)), ""));
    } catch (error) {
      throw new Error(`${name} is not a policy file: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /**
   * Checks that the policy can act in an environment.
   *
   * @throws RangeError if it is for another one, the names of its states or actions are others, or it does not have a
   * parameter that the policy reads
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
      if (names.length !== expected.length || names.some((name, i) => name !== expected[i])) {
        throw new RangeError(
          `the policy's ${what} are ${names.join(", ")}; those of ${environment.id} are ${expected.join(", ")}`,
        );
      }
    }
    const known = environment.parameters.map(({ name }) => name);
    for (const name of this.parameters) {
      if (!known.includes(name)) {
        throw new RangeError(
          `the policy reads the parameter ${name}, which ${environment.id} does not have; it has ${known.join(", ")}`,
        );
      }
    }
  }

  /**
   * The policy's actions without noise for n states.
   *
   * @param xs states, shape (n, nx)
   * @returns actions, shape (n, nu)
   * @throws RangeError if the policy reads parameters; {@link at} gives them their values
   */
  act(xs: Float64Array): Float64Array {
    if (this.parameters.length > 0) {
      throw new RangeError(
        `the policy reads the parameters ${this.parameters.join(", ")}; give it their values with at(...) first`,
      );
    }
    const [nx, nu] = [this.states.length, this.actions.length];
    const n = xs.length / nx;
    if (!Number.isInteger(n)) {
      throw new RangeError(`xs has ${xs.length} entries; rows of ${nx} need a multiple of that`);
    }
    const us = new Float64Array(n * nu);
    for (let row = 0; row < n; row++) {
      us.set(output(this.#network, xs.subarray(row * nx, (row + 1) * nx)), row * nu);
    }
    return us;
  }

  /**
   * The policy as a controller that is sent to the simulator.
   *
   * @param noise whether it draws its actions rather than taking the mean
   */
  controller({ noise = false }: { noise?: boolean } = {}): Mlp {
    const { std, ...quiet } = this.#network;
    return noise && std !== undefined ? { ...quiet, std } : quiet;
  }
}

const REQUIRED = [
  "format",
  "format_version",
  "environment",
  "states",
  "actions",
  "inputs",
  "layers",
] as const;

/** What a policy file says besides the network. */
type About = Pick<Policy, "environment" | "states" | "actions" | "comment">;

/** The network of a policy file: an {@link Mlp} with arrays of its own. */
interface Network extends Mlp {
  readonly scaling?: {
    readonly offset: Float64Array;
    readonly scale: Float64Array;
    readonly limit?: number;
  };
  readonly layers: readonly DenseLayer[];
  readonly squashing?: { readonly centre: Float64Array; readonly halfRange: Float64Array };
  readonly std?: Float64Array;
}

interface DenseLayer {
  readonly W: Float64Array;
  readonly b: Float64Array;
  readonly activation: ActivationName;
}

/** The network that is left when its parameters have these values for good. */
function given(network: Network, values: Parameters): Network {
  const { parameters = [], scaling, layers, ...rest } = network;
  const count = parameters.length;
  const read = Float64Array.from(parameters, (name) => {
    const value = values[name];
    if (value === undefined || !Number.isFinite(value)) {
      throw new RangeError(
        `the network reads the parameter ${name}, whose value must be finite, but is ${value ?? "missing"}`,
      );
    }
    return value;
  });
  const z = scaling === undefined ? read : scaled(scaling, read);
  const [first, ...others] = layers as [DenseLayer, ...DenseLayer[]];
  const width = first.W.length / first.b.length;
  const b = first.b.map((bias, i) =>
    z.reduce((sum, value, j) => sum + (first.W[i * width + j] as number) * value, bias),
  );
  const W = first.W.filter((_, i) => i % width >= count);
  return {
    ...rest,
    ...(scaling && {
      scaling: {
        ...scaling,
        offset: scaling.offset.slice(count),
        scale: scaling.scale.slice(count),
      },
    }),
    layers: [{ ...first, W, b }, ...others],
  };
}

/** What becomes of the first numbers that a network reads. */
function scaled(
  { offset, scale, limit = Number.POSITIVE_INFINITY }: NonNullable<Network["scaling"]>,
  z: Float64Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  return z.map((value, i) =>
    Math.max(-limit, Math.min(limit, (value - (offset[i] as number)) / (scale[i] as number))),
  );
}

/** What a network puts out for a state, without noise. */
function output({ inputs, scaling, layers, squashing }: Network, x: Float64Array): Float64Array {
  let z = Float64Array.from(inputs, (index) => x[index] as number);
  if (scaling !== undefined) {
    z = scaled(scaling, z);
  }
  for (const layer of layers) {
    z = affine(layer, z).map(ACTIVATIONS[layer.activation]);
  }
  if (squashing !== undefined) {
    const { centre, halfRange } = squashing;
    z = z.map((value, i) => (centre[i] as number) + (halfRange[i] as number) * tanh(value));
  }
  return z;
}

/** W z + b, each sum from its bias on by ascending index, as the contract says. */
function affine({ W, b }: DenseLayer, z: Float64Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(b.length);
  for (let i = 0; i < b.length; i++) {
    let sum = b[i] as number;
    const row = i * z.length;
    for (let j = 0; j < z.length; j++) {
      sum += (W[row + j] as number) * (z[j] as number);
    }
    out[i] = sum;
  }
  return out;
}

function text(content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
  if (bytes > MAX_BYTES) {
    throw new Error(`it must have at most ${MAX_BYTES / 2 ** 20} MiB`);
  }
  if (typeof content === "string") {
    return content;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    throw new Error("it is not UTF-8", { cause: error });
  }
}

function network(
  file: Field,
  states: readonly string[],
  outputs: number,
  format1: boolean,
): Network {
  const parameters = file.optional("parameters")?.names();
  const inputs: number[] = [];
  for (const entry of file.field("inputs").items(1, MAX_WIDTH)) {
    entry.only(["index", "name"]);
    const index = entry.field("index").index(states.length);
    entry.field("name").oneOf(states[index] as string);
    entry.field("index").require(!inputs.includes(index), "an index that no earlier input has");
    inputs.push(index);
  }
  const read = (parameters?.length ?? 0) + inputs.length;
  if (read > MAX_WIDTH) {
    throw new Error(`parameters and inputs must have 1 to ${MAX_WIDTH} entries, but has ${read}`);
  }
  const scaling = file.optional("scaling");
  const squashing = file.optional("squashing");
  const std = file.optional("std");
  return {
    kind: "mlp",
    ...(parameters && { parameters }),
    inputs,
    layers: layers(file.field("layers"), read, outputs, format1),
    ...(scaling && { scaling: readScaling(scaling, read) }),
    ...(squashing && { squashing: readSquashing(squashing, outputs) }),
    ...(std && { std: std.positive(outputs) }),
  };
}

function layers(field: Field, inputs: number, outputs: number, format1: boolean): DenseLayer[] {
  const entries = format1 ? field.items(2, 2) : field.items(1, MAX_LAYERS);
  let width = inputs;
  return entries.map((entry, i) => {
    const last = i === entries.length - 1;
    entry.only(["W", "b", "activation"]);
    const b = last ? entry.field("b").numbers(outputs) : entry.field("b").numbers(1, MAX_WIDTH);
    const W = new Float64Array(b.length * width);
    for (const [unit, row] of entry.field("W").items(b.length, b.length).entries()) {
      W.set(row.numbers(width), unit * width);
    }
    width = b.length;
    const words = Object.keys(ACTIVATIONS) as ActivationName[];
    const allowed: ActivationName[] = format1 ? [last ? "linear" : "softplus"] : words;
    return { W, b, activation: entry.field("activation").oneOf(...allowed) };
  });
}

function readScaling(field: Field, inputs: number) {
  field.only(["offset", "scale"], ["limit"]);
  const limit = field.optional("limit");
  limit?.require(limit.number() > 0, "a number above 0");
  return {
    offset: field.field("offset").numbers(inputs),
    scale: field.field("scale").positive(inputs),
    ...(limit && { limit: limit.number() }),
  };
}

function readSquashing(field: Field, outputs: number) {
  field.only(["centre", "half_range"]);
  return {
    centre: field.field("centre").numbers(outputs),
    halfRange: field.field("half_range").positive(outputs),
  };
}

/** A value of a JSON file that knows where it stands, for messages. */
class Field {
  readonly #value: Json | undefined;
  readonly #path: string;

  constructor(value: Json | undefined, path: string) {
    this.#value = value;
    this.#path = path;
  }

  field(name: string): Field {
    return new Field(this.#object().get(name), this.#child(name));
  }

  /** The field, or undefined if it is not there. */
  optional(name: string): Field | undefined {
    return this.#object().has(name) ? this.field(name) : undefined;
  }

  /** Checks that an object has these fields and no others. */
  only(required: readonly string[], optional: readonly string[] = []): void {
    const object = this.#object();
    const known = [...required, ...optional];
    for (const name of object.keys()) {
      if (!known.includes(name)) {
        throw new Error(`${this.#child(shown(name))} is unknown; known are ${known.join(", ")}`);
      }
    }
    for (const name of required) {
      if (!object.has(name)) {
        throw new Error(`${this.#child(name)} is missing`);
      }
    }
  }

  items(least: number, most: number): Field[] {
    this.require(Array.isArray(this.#value), "a list");
    const list = this.#value as Json[];
    if (list.length < least || list.length > most) {
      const allowed = least === most ? `${least}` : `${least} to ${most}`;
      throw new Error(`${this.#path} must have ${allowed} entries, but has ${list.length}`);
    }
    return list.map((item, i) => new Field(item, `${this.#path}[${i}]`));
  }

  /** Finite numbers. */
  numbers(least: number, most = least): Float64Array {
    return Float64Array.from(this.items(least, most), (item) => item.number());
  }

  /** Numbers above 0. */
  positive(count: number): Float64Array {
    return Float64Array.from(this.items(count, count), (item) => {
      const number = item.number();
      item.require(number > 0, "a number above 0");
      return number;
    });
  }

  number(): number {
    this.require(Number.isFinite(this.#value), "a finite number");
    return this.#value as number;
  }

  index(count: number): number {
    const index = this.number();
    const ok = Number.isInteger(index) && index >= 0 && index < count;
    this.require(ok, `a whole number from 0 to ${count - 1}`);
    return index;
  }

  /** Distinct texts, at least one. */
  names(): string[] {
    const names = new Set<string>();
    for (const item of this.items(1, MAX_WIDTH)) {
      const name = item.text();
      item.require(!names.has(name), "a name that no earlier entry has");
      names.add(name);
    }
    return [...names];
  }

  text(): string {
    this.require(typeof this.#value === "string", "a text");
    return this.#value as string;
  }

  oneOf<V extends string | number>(...allowed: V[]): V {
    const ok = (allowed as unknown[]).includes(this.#value);
    this.require(ok, allowed.map((value) => JSON.stringify(value)).join(" or "));
    return this.#value as V;
  }

  require(ok: boolean, allowed: string): void {
    if (!ok) {
      const actual = this.#value === undefined ? "is missing" : `is ${described(this.#value)}`;
      throw new Error(`${this.#path || "the file"} must be ${allowed}, but ${actual}`);
    }
  }

  #object(): Map<string, Json> {
    this.require(this.#value instanceof Map, "an object");
    return this.#value as Map<string, Json>;
  }

  #child(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}

function described(value: Json): string {
  if (value instanceof Map) {
    return "an object";
  }
  return Array.isArray(value)
    ? `a list of ${value.length}`
    : shown(typeof value === "number" ? String(value) : JSON.stringify(value));
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
