package io.gaitway.sim.robots;

import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.taskfile.FileEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The robots that are files: each a robot's and a task's, beside this class, read when one is first
 * created.
 */
public abstract sealed class Shipped implements EnvironmentProvider {
  private final String id;
  private volatile @Nullable EnvironmentProvider files;

  private Shipped(String id) {
    this.id = id;
  }

  private EnvironmentProvider read() {
    String task = id + ".yaml";
    String folder = id.substring(0, id.lastIndexOf('/') + 1);
    try (InputStream in = Objects.requireNonNull(open(task), task)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return FileEnvironment.read(id, task, text, null, name -> open(folder + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable InputStream open(String name) {
    return Shipped.class.getResourceAsStream(name);
  }

  @Override
  public final String id() {
    return id;
  }

  @Override
  public final Environment create(Map<String, Double> overrides) {
    EnvironmentProvider known = files;
    if (known == null) {
      known = read();
      files = known;
    }
    return known.create(overrides);
  }

  /** A rod that swings up. */
  public static final class Pendulum extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public Pendulum() {
      super("pendulum");
    }
  }

  /** A cart that swings up a pole. */
  public static final class CartPole extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public CartPole() {
      super("cartpole");
    }
  }

  /** Two rods that swing up with a motor between them. */
  public static final class Acrobot extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public Acrobot() {
      super("acrobot");
    }
  }

  /** A leg that hops. */
  public static final class Hopper extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public Hopper() {
      super("hopper");
    }
  }

  /** A body on two legs that runs. */
  public static final class HalfCheetah extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public HalfCheetah() {
      super("half-cheetah");
    }
  }

  /** A leg that hops, with the numbers of Gymnasium's Hopper-v5. */
  public static final class GymnasiumHopper extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public GymnasiumHopper() {
      super("gymnasium/hopper");
    }
  }

  /** A body on two legs that runs, with the numbers of Gymnasium's HalfCheetah-v5. */
  public static final class GymnasiumHalfCheetah extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public GymnasiumHalfCheetah() {
      super("gymnasium/half-cheetah");
    }
  }

  /** A biped that walks, with the numbers of Gymnasium's Walker2d-v5. */
  public static final class GymnasiumWalker2d extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public GymnasiumWalker2d() {
      super("gymnasium/walker2d");
    }
  }

  /** A chain of links that swims, with the numbers of Gymnasium's Swimmer-v5. */
  public static final class GymnasiumSwimmer extends Shipped {
    /** For {@link java.util.ServiceLoader}. */
    public GymnasiumSwimmer() {
      super("gymnasium/swimmer");
    }
  }
}
