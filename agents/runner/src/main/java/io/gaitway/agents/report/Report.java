package io.gaitway.agents.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The report of a run or of an experiment, or the leaderboard: one HTML file with everything in it,
 * so that it opens from the disk, offline, and still does so in ten years. Styles, scripts and the
 * chart library come from resources; the data is one JSON object that the scripts read.
 */
public final class Report {
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)\\}\\}");

  private Report() {}

  /**
   * Renders the report of a run.
   *
   * @param title of the page
   * @param data JSON object with {@code version}, {@code config}, {@code metrics} (an array) and
   *     {@code trajectories} (an object or null), as they are in a run directory
   */
  public static String render(String title, String data) {
    return charted("report.html", title, data, "ground.js", "run.js");
  }

  /**
   * Renders the report of an experiment.
   *
   * @param title of the page
   * @param data JSON object that {@code experiment.js} reads
   */
  public static String renderExperiment(String title, String data) {
    return charted("experiment.html", title, data, "experiment.js");
  }

  /**
   * Renders the leaderboard.
   *
   * @param title of the page
   * @param data JSON object that {@code leaderboard.js} reads
   */
  public static String renderLeaderboard(String title, String data) {
    return page(title, resource("report.css"), "", "", data, scripts("base.js", "leaderboard.js"));
  }

  /** A page with charts and drawings of the robot, whose main part is a resource. */
  private static String charted(String main, String title, String data, String... scripts) {
    String library = "/META-INF/resources/webjars/uplot/" + uplotVersion() + "/";
    return page(
        title,
        resource(library + "dist/uPlot.min.css") + resource("report.css"),
        resource(main),
        fill("credits.html", Map.of("licence", escape(resource(library + "LICENSE")))),
        data,
        scripts(library + "dist/uPlot.iife.min.js", "base.js", "robot.js", "stage.js", "charts.js")
            + scripts(scripts));
  }

  private static String page(
      String title, String style, String main, String credits, String data, String script) {
    return fill(
        "page.html",
        Map.of(
            "title", escape(title),
            "style", style,
            "main", main,
            "credits", credits,
            // A JSON text may write any character as an escape; without '<' it cannot end the
            // script.
            "data", data.replace("<", "\\u003c"),
            "script", script));
  }

  private static String scripts(String... names) {
    return Arrays.stream(names).map(name -> resource(name) + "\n").collect(Collectors.joining());
  }

  private static String fill(String template, Map<String, String> content) {
    return PLACE.matcher(resource(template)).replaceAll(place -> fill(content, place));
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
