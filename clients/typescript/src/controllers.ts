import { requireIndices, requireList, shown } from "./checks.js";
import { Activation, type Controller as Message } from "./generated/gaitway/v1/dynamics.js";
import { encodeExactly, encodeNumbers, type Numbers, numbers } from "./tensors.js";
import { Words } from "./words.js";

/** A controller that is sent to the simulator, so that a whole rollout is one call. */
export type Controller = LinearGaussian | Mlp | OpenLoop;

/**
 * A time-varying linear-Gaussian controller, u_t = us_t + α k_t + K_t (x_t − xs_t) + L_t ε with ε standard normal and α
 * the rollout's step size. Arrays may be longer than a rollout's horizon T.
 */
export interface LinearGaussian {
  readonly kind: "linear-gaussian";
  /** Reference states, shape (T, nx). */
  readonly xs: Numbers;
  /** Reference actions, shape (T, nu). */
  readonly us: Numbers;
  /** Feed-forward terms, shape (T, nu). */
  readonly k: Numbers;
  /** Feedback gains, shape (T, nu, nx). */
  readonly K: Numbers;
  /** Lower Cholesky factors of the action covariances, shape (T, nu, nu); absent for no noise. */
  readonly L?: Numbers;
}

/**
 * The non-linearity of a layer: z, log(1 + exp z), tanh z, max(0, z), z where z > 0 and exp z − 1 elsewhere,
 * 1 / (1 + exp(−z)), or z times that.
 */
export type ActivationName = "linear" | "softplus" | "tanh" | "relu" | "elu" | "sigmoid" | "silu";

/**
 * A network on selected state entries with diagonal noise, u = squash(net(scale(x[inputs]))) + std ε. It may read
 * parameters of the environment as well: in a rollout, their values are those in force in the simulator's environment.
 */
export interface Mlp {
  readonly kind: "mlp";
  /** Names of the environment's parameters that the first layer reads, in order, before the inputs; absent for none. */
  readonly parameters?: readonly string[];
  /** State indices that the first layer reads, in order. */
  readonly inputs: readonly number[];
  /** What happens to the inputs before the first layer; absent for nothing. */
  readonly scaling?: Scaling;
  /** The layers, the last with nu outputs. */
  readonly layers: readonly Layer[];
  /** What happens to the outputs of the last layer; absent for nothing. */
  readonly squashing?: Squashing;
  /** Standard deviations of the action noise, shape (nu); absent for no noise. */
  readonly std?: Numbers;
}

/** A layer, activation(W z + b). */
export interface Layer {
  /** Weights, shape (outputs, inputs). */
  readonly W: Numbers;
  /** Biases, shape (outputs). */
  readonly b: Numbers;
  /** Applied to every output; `linear` if absent. */
  readonly activation?: ActivationName;
}

/** Scaling of what a network reads: z = (x − offset) / scale, then moved to the nearest bound of −limit to limit. */
export interface Scaling {
  /** In the units of what is read, one for every parameter, then for every input. */
  readonly offset: Numbers;
  /** Above 0, in the same units, one for every parameter, then for every input. */
  readonly scale: Numbers;
  /** Above 0; absent for none. */
  readonly limit?: number;
}

/** Squashing of what a network puts out: u = centre + halfRange · tanh z. */
export interface Squashing {
  /** Centres of the actions' ranges, shape (nu). */
  readonly centre: Numbers;
  /** Half of the ranges' widths, above 0, shape (nu). */
  readonly halfRange: Numbers;
}

/** Actions fixed beforehand. */
export interface OpenLoop {
  readonly kind: "open-loop";
  /** Actions, shape (T, nu) or longer. */
  readonly us: Numbers;
}

/** Sizes that a controller has to fit. */
interface Sizes {
  readonly T: number;
  readonly nx: number;
  readonly nu: number;
}

const ACTIVATIONS = new Words<ActivationName>({
  linear: Activation.LINEAR,
  softplus: Activation.SOFTPLUS,
  tanh: Activation.TANH,
  relu: Activation.RELU,
  elu: Activation.ELU,
  sigmoid: Activation.SIGMOID,
  silu: Activation.SILU,
});

/**
 * Encodes a controller; what its arrays hold beyond the horizon is not sent.
 *
 * @param name such as `controllers[1]`, for messages
 * @throws RangeError if an array is too short, a layer does not fit the next, or the kind is unknown
 */
export function encodeController(controller: Controller, name: string, sizes: Sizes): Message {
  switch (controller.kind) {
    case "linear-gaussian":
      return { kind: { $case: "linearGaussian", value: linearGaussian(controller, name, sizes) } };
    case "mlp":
      return { kind: { $case: "mlp", value: mlp(controller, name, sizes.nu) } };
    case "open-loop": {
      const actions = encodeNumbers(controller.us, `${name}.us`, [sizes.T, sizes.nu]);
      return { kind: { $case: "openLoop", value: { actions } } };
    }
    default: {
      const { kind } = controller as { kind: unknown };
      throw new RangeError(
        `${name}.kind must be one of linear-gaussian, mlp, open-loop, but is ${shown(kind)}`,
      );
    }
  }
}

function linearGaussian(c: LinearGaussian, name: string, { T, nx, nu }: Sizes) {
  return {
    referenceStates: encodeNumbers(c.xs, `${name}.xs`, [T, nx]),
    referenceActions: encodeNumbers(c.us, `${name}.us`, [T, nu]),
    feedforward: encodeNumbers(c.k, `${name}.k`, [T, nu]),
    feedback: encodeNumbers(c.K, `${name}.K`, [T, nu, nx]),
    noiseCholesky: c.L === undefined ? undefined : encodeNumbers(c.L, `${name}.L`, [T, nu, nu]),
  };
}

function mlp(c: Mlp, name: string, nu: number) {
  const inputs = requireIndices(c.inputs, `${name}.inputs`);
  const { scaling, squashing, parameters = [] } = c;
  let width = parameters.length + inputs.length;
  const encodedScaling = scaling && {
    offset: encodeExactly(scaling.offset, `${name}.scaling.offset`, [width]),
    scale: encodeExactly(scaling.scale, `${name}.scaling.scale`, [width]),
    limit: scaling.limit,
  };
  const layers = requireList(c.layers, `${name}.layers`).map((layer, i) => {
    const field = `${name}.layers[${i}]`;
    const b = numbers(layer.b, `${field}.b`);
    const weights = encodeExactly(layer.W, `${field}.W`, [b.length, width]);
    const biases = encodeExactly(b, `${field}.b`, [b.length]);
    width = b.length;
    const activation = ACTIVATIONS.value(layer.activation ?? "linear", `${field}.activation`);
    return { weights, biases, activation };
  });
  return {
    parameters: [...parameters],
    inputs,
    scaling: encodedScaling,
    layers,
    squashing: squashing && {
      centre: encodeExactly(squashing.centre, `${name}.squashing.centre`, [nu]),
      halfRange: encodeExactly(squashing.halfRange, `${name}.squashing.halfRange`, [nu]),
    },
    noiseStd: c.std === undefined ? undefined : encodeExactly(c.std, `${name}.std`, [nu]),
  };
}
