package io.gaitway.sim;

import java.util.List;
import java.util.stream.IntStream;

/** How many of its samples a test takes: all of them with {@code -Pall}, and else a fifth. */
public final class Extent {
  private static final int PART = 5;
  private static final boolean WHOLE = System.getProperty("gaitway.extent", "part").equals("all");

  private Extent() {}

  /** Of so many samples. */
  public static int of(int all) {
    return WHOLE ? all : (all + PART - 1) / PART;
  }

  /** Of these samples, evenly spread. */
  public static <T> List<T> of(List<T> all) {
    return IntStream.range(0, of(all.size())).mapToObj(i -> all.get(WHOLE ? i : i * PART)).toList();
  }
}
