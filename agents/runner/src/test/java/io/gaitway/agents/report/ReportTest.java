package io.gaitway.agents.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReportTest {
  private static final String TITLE = "<Title> & \"more\"";
  private static final String DATA = "{\"text\":\"</script>\"}";

  static Stream<Arguments> pages() {
    return Stream.of(
        Arguments.of("report", Report.render(TITLE, DATA)),
        Arguments.of("experiment", Report.renderExperiment(TITLE, DATA)),
        Arguments.of("leaderboard", Report.renderLeaderboard(TITLE, DATA)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pages")
  void aPageSaysWhatItIs(String name, String page) {
    String title = "&lt;Title> &amp; &quot;more&quot;";
    assertTrue(page.startsWith("<!doctype html>\n<html lang=\"en\">\n"));
    assertTrue(page.contains("<meta name=\"viewport\" content=\"width=device-width,"));
    assertEquals(List.of(title), found(page, "<title>(.*?)</title>"));
    assertEquals(List.of(title), found(page, "<h1>(.*?)</h1>"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pages")
  void aPageIsCompleteAndNeedsNothingElse(String name, String page) {
    assertFalse(page.contains("{{"), "a place of the template is empty");
    assertEquals(List.of(), found(page, "(?:src|href)=\"((?!data:)[^\"]*)"));
    assertEquals(List.of("{\"text\":\"\\u003c/script>\"}"), found(page, "id=\"data\">(.*?)</"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pages")
  void scriptsFindTheElementsThatTheyName(String name, String page) {
    Set<String> ids = Set.copyOf(found(page, " id=\"([^\"]+)\""));
    List<String> named = found(page, "(?:getElementById|byId)\\('([^']+)'\\)");
    assertTrue(named.containsAll(List.of("data", "theme", "subtitle", "colophon")), "" + named);
    assertEquals(List.of(), named.stream().filter(id -> !ids.contains(id)).toList());
  }

  @Test
  void wideTablesOfTheExperimentScroll() {
    String page = Report.renderExperiment(TITLE, DATA);
    assertEquals(3, found(page, "(<div class=\"wide\")").size());
    assertEquals(List.of(), found(page, "(<table)"));
  }

  /** Ratios of luminance as WCAG 2.1 has them: at least 4.5 for text, 3 for lines. */
  @ParameterizedTest
  @MethodSource("schemes")
  void coloursCanBeTold(String scheme, Map<String, String> colours) {
    List<String> texts = List.of("ink", "ink-2", "ink-3", "accent");
    List<String> lines = new ArrayList<>(List.of("ddp", "force", "fall"));
    colours.keySet().stream().filter(name -> name.matches("c\\d+")).forEach(lines::add);
    assertEquals(15, lines.size());
    for (String text : texts) {
      double contrast = contrast(colours, text);
      assertTrue(contrast >= 4.5, text + " on a card has " + contrast);
    }
    for (String line : lines) {
      double contrast = contrast(colours, line);
      assertTrue(contrast >= 3, line + " on a card has " + contrast);
    }
  }

  static Stream<Arguments> schemes() {
    String page = Report.renderLeaderboard(TITLE, DATA);
    return Stream.of(
        Arguments.of("light", colours(found(page, "(?s):root \\{(.*?)\\}").get(0))),
        Arguments.of(
            "dark", colours(found(page, "(?s):root\\[data-theme=\"dark\"\\] \\{(.*?)\\}").get(0))));
  }

  private static Map<String, String> colours(String block) {
    Map<String, String> colours = new HashMap<>();
    Pattern.compile("--([\\w-]+): #([0-9a-f]{6});")
        .matcher(block)
        .results()
        .forEach(match -> colours.put(match.group(1), match.group(2)));
    return colours;
  }

  private static double contrast(Map<String, String> colours, String name) {
    double a = luminance(Objects.requireNonNull(colours.get(name), name)) + 0.05;
    double b = luminance(Objects.requireNonNull(colours.get("card"))) + 0.05;
    return Math.max(a / b, b / a);
  }

  private static double luminance(String colour) {
    double[] weights = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double value = Integer.parseInt(colour.substring(2 * i, 2 * i + 2), 16) / 255.0;
      double linear = value <= 0.03928 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
      sum += weights[i] * linear;
    }
    return sum;
  }

  /** The first group of every match. */
  private static List<String> found(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().map(match -> match.group(1)).toList();
  }
}
