package io.gaitway.server.dynamics;

import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.episode.Stepper;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.TensorBuffer;
import io.gaitway.sim.task.Environment;

/**
 * One Evaluate request, read and checked: single control steps from given states under given
 * actions.
 */
final class Transitions {
  private final Model model;
  private final int count;
  private final double[] xs;
  private final double[] us;
  private final boolean withContacts;
  private final Account account;

  /**
   * Reads a request.
   *
   * @param account what the work is counted for
   */
  Transitions(Model model, EvaluateRequest request, ServerOptions options, Account account) {
    this.model = model;
    this.account = account;
    withContacts = request.getWithContacts();
    xs = Codec.doubles("states", request.getStates(), Codec.ANY, model.nx);
    long rows = request.getStates().getShape(0);
    us = Codec.doubles("actions", request.getActions(), rows, model.nu);
    if (rows > options.maxStepsPerRequest()) {
      throw Errors.workLimit("states", rows, options.maxStepsPerRequest());
    }
    count = Math.toIntExact(rows);
  }

  /** Number of control steps. */
  long steps() {
    return count;
  }

  /** How long it will take, about, ns. */
  double nanos() {
    return count * model.stepNanos() * (withContacts ? 2 : 1);
  }

  /** Size of the answer. */
  long bytes() {
    int contacts = withContacts ? model.spec.contactPoints().size() : 0;
    return (long) count * Double.BYTES * (model.nx + 2 + 2 * contacts);
  }

  /** Computes the answer. */
  EvaluateResponse answer() {
    return model.with(this::answer);
  }

  private EvaluateResponse answer(Model.Scratch scratch) {
    Environment environment = model.environment;
    Stepper stepper = new Stepper(model, scratch);
    int nx = model.nx;
    double[] next = scratch.knot.xNext;
    int contacts = withContacts ? model.spec.contactPoints().size() : 0;
    double[] forces = new double[2 * contacts];
    TensorBuffer nextStates = new TensorBuffer(count, nx);
    TensorBuffer costs = new TensorBuffer(count);
    TensorBuffer contactForces = new TensorBuffer(count, contacts, 2);
    boolean[] terminated = new boolean[count];
    EvaluateResponse.Builder out = EvaluateResponse.newBuilder();
    for (int i = 0; i < count; i++) {
      if (stepper.step(xs, i * nx, us, i * model.nu, next, 0)
          && (contacts == 0
              || environment.contactForces(
                  scratch.workspace, xs, i * nx, scratch.u, 0, forces, 0))) {
        nextStates.put(next, 0, nx);
        costs.put(stepper.cost());
        contactForces.put(forces, 0, forces.length);
        terminated[i] = stepper.terminated(next, 0);
        out.addStatuses(
            stepper.clipped() ? KnotStatus.KNOT_STATUS_CLIPPED : KnotStatus.KNOT_STATUS_OK);
      } else {
        nextStates.putNaN(nx);
        costs.putNaN(1);
        contactForces.putNaN(forces.length);
        out.addStatuses(KnotStatus.KNOT_STATUS_DIVERGED);
      }
    }
    account.countEvaluated(out.getStatusesCount());
    if (withContacts) {
      out.setContactForces(contactForces.finish());
    }
    return out.setNextStates(nextStates.finish())
        .setCosts(costs.finish())
        .setTerminated(Codec.tensor(terminated))
        .build();
  }
}
