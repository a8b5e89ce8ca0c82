package io.gaitway.agents.program;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A program that does what its arguments say, one after another. */
public final class Puppet {
  private Puppet() {}

  /** The command line that starts it. */
  public static String commandLine(String... deeds) {
    return commandLine(Puppet.class, deeds);
  }

  /** The command line of a main class of the tests. */
  public static String commandLine(Class<?> main, String... arguments) {
    return words(main, arguments).stream()
        .map(word -> "'" + word + "'")
        .collect(Collectors.joining(" "));
  }

  private static List<String> words(Class<?> main, String... arguments) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                // Without it, newer JDKs warn where tests read what the process says last.
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    words.addAll(Arrays.asList(arguments));
    return words;
  }

  /** Does what the arguments say. */
  public static void main(String[] deeds) throws Exception {
    for (String deed : deeds) {
      String[] word = deed.split(":", 2);
      switch (word[0]) {
        case "out" -> System.out.println(word[1]);
        case "err" -> System.err.println(word[1]);
        case "variable" -> System.out.println(System.getenv(word[1]));
        case "flood" -> flood(Integer.parseInt(word[1]));
        case "exit" -> System.exit(Integer.parseInt(word[1]));
        case "halt" -> Runtime.getRuntime().halt(Integer.parseInt(word[1]));
        case "until-eof" -> System.in.transferTo(System.out);
        case "stubborn" -> Runtime.getRuntime().addShutdownHook(new Thread(Puppet::sleep));
        case "hang" -> sleep();
        case "child" -> startChild();
        default -> throw new IllegalArgumentException(deed);
      }
    }
  }

  private static void flood(int megabytes) {
    String line = "x".repeat(1023) + "\n";
    for (int i = 0; i < megabytes << 10; i++) {
      System.out.print(line);
    }
    System.out.flush();
  }

  private static void startChild() throws IOException {
    Process child =
        new ProcessBuilder(words(Puppet.class, "hang"))
            .redirectInput(ProcessBuilder.Redirect.PIPE)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    System.out.println("child " + child.pid());
  }

  private static void sleep() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
