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

/** The non-linearity of a network's hidden layers: log(1 + exp z), tanh z or max(0, z). */
export type ActivationName = "softplus" | "tanh" | "relu";

/** A network on selected state entries with a linear last layer and diagonal noise, u = net(x[inputs]) + std ε. */
export interface Mlp {
  readonly kind: "mlp";
  /** State indices that the first layer reads, in order. */
  readonly inputs: readonly number[];
  /** Hidden layers, then the linear output layer. */
  readonly layers: readonly Layer[];
  /** Applied after every layer but the last. */
  readonly activation: ActivationName;
  /** Standard deviations of the action noise, shape (nu); absent for no noise. */
  readonly std?: Numbers;
}

/** An affine layer W z + b. */
export interface Layer {
  /** Weights, shape (outputs, inputs). */
  readonly W: Numbers;
  /** Biases, shape (outputs). */
  readonly b: Numbers;
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
  softplus: Activation.SOFTPLUS,
  tanh: Activation.TANH,
  relu: Activation.RELU,
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
  let width = inputs.length;
  const layers = requireList(c.layers, `${name}.layers`).map((layer, i) => {
    const b = numbers(layer.b, `${name}.layers[${i}].b`);
    const weights = encodeExactly(layer.W, `${name}.layers[${i}].W`, [b.length, width]);
    const biases = encodeExactly(b, `${name}.layers[${i}].b`, [b.length]);
    width = b.length;
    return { weights, biases };
  });
  return {
    inputs,
    layers,
    activation: ACTIVATIONS.value(c.activation, `${name}.activation`),
    noiseStd: c.std === undefined ? undefined : encodeExactly(c.std, `${name}.std`, [nu]),
  };
}
