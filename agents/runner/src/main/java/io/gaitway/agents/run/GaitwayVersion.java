package io.gaitway.agents.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;

/** Which program this is, and what it runs on. */
public final class GaitwayVersion {
  private GaitwayVersion() {}

  /** The program's version, such as {@code 0.1.0}. */
  public static String program() {
    Properties properties = new Properties();
    try (InputStream stream = GaitwayVersion.class.getResourceAsStream("gaitway.properties")) {
      if (stream == null) {
        throw new IOException("the program lacks its resource gaitway.properties");
      }
      properties.load(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  /**
   * Versions of the program, the Java machine and the operating system: by the names {@code
   * gaitway}, {@code java} and {@code os}.
   */
  public static Map<String, String> all() {
    return Map.of(
        "gaitway", program(),
        "java",
            System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
        "os",
            String.join(
                " ",
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
  }
}
