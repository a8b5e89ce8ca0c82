package io.gaitway.agents.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The report of a run: one HTML file with everything in it, so that it opens from the disk,
 * offline, and still does so in ten years. Styles, scripts and the chart library come from
 * resources; the run's data is one JSON object that the scripts read.
 */
public final class Report {
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)\\}\\}");

  private Report() {}

  /**
   * Renders a report.
   *
   * @param title of the page
   * @param data JSON object with {@code version}, {@code config}, {@code metrics} (an array) and
   *     {@code trajectories} (an object or null), as they are in a run directory
   */
  public static String render(String title, String data) {
    String library = "/META-INF/resources/webjars/uplot/" + uplotVersion() + "/";
    Map<String, String> content =
        Map.of(
            "title", escape(title),
            "style", resource(library + "dist/uPlot.min.css") + resource("report.css"),
            "uplot", resource(library + "dist/uPlot.iife.min.js"),
            "uplot-licence", escape(resource(library + "LICENSE")),
            "script",
                String.join(
                    "\n",
                    resource("robot.js"),
                    resource("stage.js"),
                    resource("charts.js"),
                    resource("ground.js"),
                    resource("page.js")),
            // A JSON text may write any character as an escape; without '<' it cannot end the
            // script.
            "data", data.replace("<", "\\u003c"));
    return PLACE.matcher(resource("report.html")).replaceAll(place -> fill(content, place));
  }

  private static String fill(Map<String, String> content, MatchResult place) {
    String text = content.get(place.group(1));
    if (text == null) {
      throw new IllegalStateException("the template has an unknown place " + place.group());
    }
    return Matcher.quoteReplacement(text);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }

  private static String uplotVersion() {
    Properties versions = new Properties();
    try (InputStream stream = open("libraries.properties")) {
      versions.load(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return versions.getProperty("uplot");
  }

  private static String resource(String name) {
    try (InputStream stream = open(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String name) throws IOException {
    InputStream stream = Report.class.getResourceAsStream(name);
    if (stream == null) {
      throw new IOException("the program lacks its resource " + name);
    }
    return stream;
  }
}
