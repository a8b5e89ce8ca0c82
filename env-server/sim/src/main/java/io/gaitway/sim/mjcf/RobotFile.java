package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A robot's file, read once, of which numbers can be changed before a robot is made of it. */
public final class RobotFile {
  private final Element root;
  private final Warnings read;
  private final Budget budget;

  private RobotFile(Element root, Warnings read, Budget budget) {
    this.root = root;
    this.read = read;
    this.budget = budget;
  }

  /**
   * Reads a file and what it includes.
   *
   * @param name of the file, as {@code files} knows it
   * @param files opens it and what it includes
   * @throws MjcfException if it is not XML or too large
   */
  public static RobotFile read(String name, MjcfFiles files) {
    Warnings warnings = new Warnings();
    Budget budget = new Budget();
    return new RobotFile(new Includes(files, budget, warnings).load(name), warnings, budget);
  }

  /**
   * The robot as the file has it.
   *
   * @throws MjcfException if it is no planar robot of slides and hinges
   */
  public Robot robot() {
    return robot(Map.of());
  }

  /**
   * The robot with some numbers changed.
   *
   * @param changes numbers by where they stand; each has to be there
   * @throws IllegalArgumentException if one is not there
   * @throws MjcfException if that is no planar robot of slides and hinges
   */
  public Robot robot(Map<RobotNumber, Double> changes) {
    Element changed = root;
    for (Map.Entry<RobotNumber, Double> change : changes.entrySet()) {
      changed = changed(changed, element(change.getKey()), change.getKey(), change.getValue());
    }
    Warnings warnings = read.copy();
    return RobotMaker.make(SceneReader.read(changed, budget.copy(), warnings), warnings);
  }

  /**
   * The number as it stands in the file.
   *
   * @throws IllegalArgumentException if it is not there
   */
  public double number(RobotNumber number) {
    String[] words = words(element(number), number);
    try {
      return Double.parseDouble(words[number.index()]);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s of %s is '%s' and no number"
              .formatted(number.attribute(), number.words(), words[number.index()]),
          e);
    }
  }

  private static String[] words(Element element, RobotNumber number) {
    String value = element.get(number.attribute());
    String[] words = value == null ? new String[0] : value.strip().split("\\s+");
    if (number.index() >= words.length) {
      throw new IllegalArgumentException(
          "%s has %s%s; a parameter replaces a number that stands there"
              .formatted(
                  number.words(),
                  words.length == 0 ? "no attribute " : words.length + " numbers in ",
                  number.attribute()));
    }
    return words;
  }

  private Element element(RobotNumber number) {
    List<Element> found = new ArrayList<>();
    collect(root, number, found);
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "the robot's file has %s %s; name one that it has once"
              .formatted(found.isEmpty() ? "no" : String.valueOf(found.size()), number.words()));
    }
    return found.get(0);
  }

  private static void collect(Element element, RobotNumber number, List<Element> found) {
    if (element.tag().equals(number.element())
        && (number.name() == null || number.name().equals(element.get("name")))) {
      found.add(element);
    }
    element.children().forEach(child -> collect(child, number, found));
  }

  /** A copy of a tree in which one element has another number. */
  private static Element changed(Element tree, Element at, RobotNumber number, double value) {
    Map<String, String> attributes = tree.attributes();
    if (tree.place().equals(at.place()) && tree.tag().equals(at.tag())) {
      String[] words = words(tree, number);
      words[number.index()] = Double.toString(value);
      attributes = new LinkedHashMap<>(attributes);
      attributes.put(number.attribute(), String.join(" ", Arrays.asList(words)));
    }
    List<Element> children = new ArrayList<>();
    tree.children().forEach(child -> children.add(changed(child, at, number, value)));
    return new Element(tree.tag(), attributes, tree.place(), children);
  }
}
