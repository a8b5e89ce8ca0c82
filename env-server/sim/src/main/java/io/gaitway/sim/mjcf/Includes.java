package io.gaitway.sim.mjcf;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts the files that a robot's file includes in the place of the {@code <include>} elements. As to
 * MuJoCo, no file comes twice, which rules out cycles; other than to MuJoCo, every file lies in the
 * robot's folder or below it.
 */
final class Includes {
  private final MjcfFiles files;
  private final Budget budget;
  private final Warnings warnings;
  private final Set<String> read = new HashSet<>();

  Includes(MjcfFiles files, Budget budget, Warnings warnings) {
    this.files = files;
    this.budget = budget;
    this.warnings = warnings;
  }

  /** The root element of a robot's file, with nothing left to include. */
  Element load(String name) {
    byte[] bytes = bytes(name);
    if (bytes == null) {
      throw new MjcfException(name, 0, "", "there is no such file");
    }
    read.add(normal(name));
    Element root = XmlFile.parse(name, bytes, budget, warnings);
    if (!root.tag().equals("mujoco")) {
      throw root.place()
          .refuse("the root element must be <mujoco>; other formats, such as URDF, are not read");
    }
    expand(root, "", 0);
    return root;
  }

  /** Replaces the includes among an element's descendants; {@code folder} is its file's. */
  private void expand(Element element, String folder, int depth) {
    Budget.checkDepth(element.place(), depth);
    List<Element> before = List.copyOf(element.children());
    element.children().clear();
    for (Element child : before) {
      if (child.tag().equals("include")) {
        include(child, element, folder, depth);
      } else {
        expand(child, folder, depth + 1);
        element.children().add(child);
      }
    }
  }

  private void include(Element include, Element into, String folder, int depth) {
    String name = name(include);
    if (read.size() > Limits.INCLUDES) {
      throw include.place().refuse("too many files are included; allowed are " + Limits.INCLUDES);
    }
    String found = name;
    byte[] bytes = bytes(name);
    if (bytes == null && !folder.isEmpty()) {
      found = folder + name;
      bytes = bytes(found);
    }
    if (bytes == null) {
      throw include.place().refuse("there is no file '" + name + "' to include");
    }
    if (!read.add(normal(found))) {
      throw include
          .place()
          .refuse("'" + name + "' was included before; a file may be included once");
    }
    Element root = XmlFile.parse(found, bytes, budget, warnings);
    if (root.children().isEmpty()) {
      throw include.place().refuse("'" + name + "' has nothing to include");
    }
    expand(root, found.substring(0, found.lastIndexOf('/') + 1), depth);
    into.children().addAll(root.children());
  }

  /** The name that an include gives, checked to stay in the robot's folder. */
  private static String name(Element include) {
    String name = include.get("file");
    if (name == null || include.attributes().size() != 1 || !include.children().isEmpty()) {
      throw include.place().refuse("an include has the attribute 'file' and nothing else");
    }
    boolean absolute = name.startsWith("/") || name.contains(":") || name.contains("\\");
    if (absolute || name.isEmpty() || Arrays.asList(name.split("/", -1)).contains("..")) {
      throw include
          .place()
          .refuse(
              "'"
                  + name
                  + "' is not in the robot's folder; name a file there or below, with / between"
                  + " folders");
    }
    for (int i = 0; i < name.length(); i++) {
      if (Character.isISOControl(name.charAt(i))) {
        throw include.place().refuse("the file's name has a control character in it");
      }
    }
    return normal(name);
  }

  private static String normal(String name) {
    return String.join(
        "/",
        Arrays.stream(name.split("/", -1))
            .filter(part -> !part.isEmpty() && !part.equals("."))
            .toList());
  }

  private byte @Nullable [] bytes(String name) {
    try (InputStream in = files.open(name)) {
      if (in == null) {
        return null;
      }
      byte[] bytes = in.readNBytes(Limits.FILE_BYTES + 1);
      budget.addBytes(name, bytes.length);
      return bytes;
    } catch (IOException e) {
      throw new MjcfException(name, 0, "", "the file cannot be read: " + e.getMessage());
    }
  }
}
