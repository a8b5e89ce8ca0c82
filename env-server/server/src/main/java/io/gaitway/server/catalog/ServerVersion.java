package io.gaitway.server.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What this server is. */
public final class ServerVersion {
  /** Name and version, such as {@code gaitway 0.1.0}. */
  public static final String NAME = "gaitway " + version();

  private ServerVersion() {}

  private static String version() {
    Properties properties = new Properties();
    try (InputStream stream = ServerVersion.class.getResourceAsStream("gaitway.properties")) {
      if (stream == null) {
        throw new IOException("the server lacks its resource gaitway.properties");
      }
      properties.load(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
