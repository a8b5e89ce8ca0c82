package io.gaitway.agents.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Task;
import io.gaitway.optim.policy.Policy;

/** An agent for tests that breaks in its second iteration when its seed is odd. */
public final class BrittleAgent implements Agent<WanderAgent.Options> {
  private final WanderAgent sound = new WanderAgent();
  private final RuntimeException fault;

  /** One that breaks for no reason that anybody has thought of. */
  public BrittleAgent() {
    this(new IllegalStateException("a knee broke"));
  }

  BrittleAgent(RuntimeException fault) {
    this.fault = fault;
  }

  @Override
  public String name() {
    return "brittle";
  }

  @Override
  public String summary() {
    return "Breaks.";
  }

  @Override
  public Class<WanderAgent.Options> settingsType() {
    return sound.settingsType();
  }

  @Override
  public WanderAgent.Options preset(String preset, String environment) {
    return sound.preset(preset, environment);
  }

  @Override
  public Learner learner(Task<WanderAgent.Options> task) {
    Learner learner = sound.learner(task);
    return new Learner() {
      @Override
      public Reference start() {
        return learner.start();
      }

      @Override
      public IterationReport iterate(int iteration) {
        if (iteration == 2 && task.seed() % 2 == 1) {
          throw fault;
        }
        return learner.iterate(iteration);
      }

      @Override
      public Policy policy() {
        return learner.policy();
      }

      @Override
      public ObjectNode save() {
        return learner.save();
      }

      @Override
      public void restore(ObjectNode state) {
        learner.restore(state);
      }
    };
  }
}
