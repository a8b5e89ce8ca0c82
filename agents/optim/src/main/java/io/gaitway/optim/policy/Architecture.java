package io.gaitway.optim.policy;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.gaitway.client.simulation.Controller.Activation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The shape of a network that is to be trained. What it reads and what it puts out are the task's;
 * its last layer is linear.
 *
 * <p>In JSON it is what it was when there was one layer: the number of units where there is one
 * layer with the default activation, and the {@linkplain #shortName short name} elsewhere.
 *
 * @param hidden units of each hidden layer, from the inputs on: 1 to 63 layers of 1 to 4096 units
 * @param activation what follows each hidden layer
 */
public record Architecture(List<Integer> hidden, Activation activation) {
  /** What follows hidden layers unless something else is asked for. */
  public static final Activation DEFAULT_ACTIVATION = Activation.SOFTPLUS;

  private static final int MAX_LAYERS = Network.MAX_LAYERS - 1;

  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,9}(?:[x,][0-9]{1,9})*)(?:-([a-z]+))?");

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if there are too many layers or none, or a size is out of
   *     range
   */
  public Architecture {
    hidden = List.copyOf(hidden);
    if (hidden.isEmpty() || hidden.size() > MAX_LAYERS) {
      throw new IllegalArgumentException(
          "a network must have 1 to %d hidden layers, but has %d"
              .formatted(MAX_LAYERS, hidden.size()));
    }
    for (int units : hidden) {
      if (units < 1 || units > Network.MAX_WIDTH) {
        throw new IllegalArgumentException(
            "a hidden layer must have 1 to %d units, but has %d"
                .formatted(Network.MAX_WIDTH, units));
      }
    }
  }

  /** Hidden layers of these sizes with {@link #DEFAULT_ACTIVATION}. */
  public static Architecture of(int... hidden) {
    return new Architecture(IntStream.of(hidden).boxed().toList(), DEFAULT_ACTIVATION);
  }

  /**
   * Reads what people write: the sizes of the hidden layers with x or a comma between them, and,
   * after a dash, the activation if it is not the default one; such as {@code 10}, {@code 64,64},
   * {@code 64x64-tanh}.
   *
   * @throws IllegalArgumentException if the text is something else, or a size is out of range
   */
  @JsonCreator
  public static Architecture parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "hidden layers must be written like 10, 64x64 or 64x64-tanh, but are '%s'"
              .formatted(text));
    }
    return new Architecture(
        Stream.of(matcher.group(1).split("[x,]")).map(Integer::valueOf).toList(),
        matcher.group(2) == null ? DEFAULT_ACTIVATION : activation(matcher.group(2)));
  }

  @JsonCreator
  private static Architecture parse(int units) {
    return of(units);
  }

  private static Activation activation(String word) {
    return Arrays.stream(Activation.values())
        .filter(known -> PolicyFile.word(known).equals(word))
        .findAny()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the activation must be one of %s, but is '%s'"
                        .formatted(
                            Arrays.stream(Activation.values())
                                .map(PolicyFile::word)
                                .collect(Collectors.joining(", ")),
                            word)));
  }

  /** Number of hidden units of all layers. */
  public int units() {
    return hidden.stream().mapToInt(Integer::intValue).sum();
  }

  /**
   * Number of weights and biases of a network.
   *
   * @param inputs numbers that it reads
   * @param outputs actions
   */
  public int parameterCount(int inputs, int outputs) {
    int count = 0;
    int width = inputs;
    for (int units : hidden) {
      count += units * (width + 1);
      width = units;
    }
    return count + outputs * (width + 1);
  }

  /**
   * A short name, to be part of a file's name or of a table: {@code 10}, {@code 64x64}, {@code
   * 64x64-tanh}.
   */
  public String shortName() {
    return joined("x") + (isDefault() ? "" : "-" + PolicyFile.word(activation));
  }

  @JsonValue
  private Object json() {
    return isDefault() && hidden.size() == 1 ? hidden.get(0) : shortName();
  }

  /** For people: {@code 10 hidden units}, {@code 64, 64 hidden units (tanh)}. */
  @Override
  public String toString() {
    return "%s hidden %s%s"
        .formatted(
            joined(", "),
            hidden.equals(List.of(1)) ? "unit" : "units",
            isDefault() ? "" : String.format(Locale.ROOT, " (%s)", PolicyFile.word(activation)));
  }

  private boolean isDefault() {
    return activation == DEFAULT_ACTIVATION;
  }

  private String joined(String separator) {
    return hidden.stream().map(Object::toString).collect(Collectors.joining(separator));
  }
}
