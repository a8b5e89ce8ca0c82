package io.gaitway.server.dmenv;

import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.server.wire.Errors;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The settings of a dm_env_rpc request, by name. */
final class DmEnvSettings {
  private static final BigInteger MAX_SEED =
      BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);

  private final Map<String, Tensor> settings;

  /**
   * Checks the names.
   *
   * @param known names that the request takes; one that ends in a dot stands for all that begin so
   */
  DmEnvSettings(Map<String, Tensor> settings, String... known) {
    for (String name : settings.keySet()) {
      if (Arrays.stream(known)
          .noneMatch(k -> k.endsWith(".") ? name.startsWith(k) : name.equals(k))) {
        throw Errors.notOneOf(
            "settings",
            Errors.quoted(name),
            Arrays.stream(known).map(k -> k.endsWith(".") ? k + "NAME" : k).toList());
      }
    }
    this.settings = settings;
  }

  /** The names of those given. */
  Set<String> names() {
    return settings.keySet();
  }

  boolean has(String name) {
    return settings.containsKey(name);
  }

  /** A string that must be given. */
  String text(String name) {
    List<String> texts = texts(name);
    return DmEnvTensors.only(field(name), texts.size(), texts::get);
  }

  /** Strings that must be given. */
  List<String> texts(String name) {
    return DmEnvTensors.texts(field(name), tensor(name));
  }

  /** A number that must be given. */
  double number(String name) {
    return DmEnvTensors.number(field(name), tensor(name));
  }

  /** A whole number that must be given, within these limits. */
  BigInteger integer(String name, long lower, long upper) {
    return integer(name, BigInteger.valueOf(lower), BigInteger.valueOf(upper));
  }

  /** The setting "seed", an unsigned number of 64 bits, or null. */
  @Nullable Long seed() {
    return has("seed") ? integer("seed", BigInteger.ZERO, MAX_SEED).longValue() : null;
  }

  private BigInteger integer(String name, BigInteger lower, BigInteger upper) {
    BigInteger value = DmEnvTensors.integer(field(name), tensor(name));
    if (value.compareTo(lower) < 0 || value.compareTo(upper) > 0) {
      throw Errors.notBetween(field(name), value, lower, upper);
    }
    return value;
  }

  private Tensor tensor(String name) {
    Tensor tensor = settings.get(name);
    if (tensor == null) {
      throw Errors.missing(field(name));
    }
    return tensor;
  }

  private static String field(String name) {
    return "settings[" + name + "]";
  }
}
