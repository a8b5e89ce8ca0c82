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

/** The robots that are files: each a robot's and a task's, beside this class. */
public abstract sealed class Shipped implements EnvironmentProvider {
  private final EnvironmentProvider files;

  private Shipped(String id) {
    String task = id + ".yaml";
    try (InputStream in = Objects.requireNonNull(open(task), task)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      files = FileEnvironment.read(id, task, text, null, Shipped::open);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable InputStream open(String name) {
    return Shipped.class.getResourceAsStream(name);
  }

  @Override
  public final String id() {
    return files.id();
  }

  @Override
  public final Environment create(Map<String, Double> overrides) {
    return files.create(overrides);
  }

  /** A rod that swings up. */
  public static final class Pendulum extends Shipped {
    /** Reads its files. */
    public Pendulum() {
      super("pendulum");
    }
  }

  /** A cart that swings up a pole. */
  public static final class CartPole extends Shipped {
    /** Reads its files. */
    public CartPole() {
      super("cartpole");
    }
  }

  /** Two rods that swing up with a motor between them. */
  public static final class Acrobot extends Shipped {
    /** Reads its files. */
    public Acrobot() {
      super("acrobot");
    }
  }

  /** A leg that hops. */
  public static final class Hopper extends Shipped {
    /** Reads its files. */
    public Hopper() {
      super("hopper");
    }
  }

  /** A body on two legs that runs. */
  public static final class HalfCheetah extends Shipped {
    /** Reads its files. */
    public HalfCheetah() {
      super("half-cheetah");
    }
  }
}
