package io.gaitway.server.evaluation;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The suites on the class path: whoever offers an environment may offer suites of it, in a resource
 * {@value #RESOURCE} beside the classes. It holds a list of objects with the fields of {@link
 * SuiteModel.Definition} in snake case; docs/evaluation.md describes them.
 */
public final class SuiteFiles {
  /** Name of the resource; every jar may have its own. */
  public static final String RESOURCE = "META-INF/gaitway/suites.json";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private SuiteFiles() {}

  /**
   * Reads them.
   *
   * @throws IllegalStateException if a file is faulty, or two suites have the same name
   */
  public static List<SuiteModel.Definition> load(ClassLoader loader) {
    Map<String, URL> origins = new TreeMap<>();
    List<SuiteModel.Definition> all = new ArrayList<>();
    try {
      for (URL file : Collections.list(loader.getResources(RESOURCE))) {
        for (SuiteModel.Definition suite : read(file)) {
          URL other = origins.putIfAbsent(suite.id(), file);
          if (other != null) {
            throw new IllegalStateException(
                "two suites are called '%s', in %s and %s".formatted(suite.id(), other, file));
          }
          all.add(suite);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the resources " + RESOURCE + " cannot be listed", e);
    }
    return all;
  }

  private static SuiteModel.Definition[] read(URL file) {
    try {
      return MAPPER.readValue(file, SuiteModel.Definition[].class);
    } catch (IOException e) {
      throw new IllegalStateException(
          "the suites in " + file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
