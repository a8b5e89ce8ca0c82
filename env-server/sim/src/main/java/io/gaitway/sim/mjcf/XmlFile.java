package io.gaitway.sim.mjcf;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads the elements of one file with the line that each begins in. Document types are refused, and
 * with them entities of the file's own: nothing expands, nothing else is opened.
 */
final class XmlFile {
  private final String name;
  private final Budget budget;
  private final Warnings warnings;
  private final Deque<Element> open = new ArrayDeque<>();
  private @Nullable Element root;

  private XmlFile(String name, Budget budget, Warnings warnings) {
    this.name = name;
    this.budget = budget;
    this.warnings = warnings;
  }

  /**
   * The root element of a file with all that is in it.
   *
   * @throws MjcfException if it is not XML, has a document type or is too large
   */
  static Element parse(String name, byte[] bytes, Budget budget, Warnings warnings) {
    return new XmlFile(name, budget, warnings).parse(bytes);
  }

  private Element parse(byte[] bytes) {
    try {
      XMLStreamReader reader = factory().createXMLStreamReader(new Bytes(bytes));
      try {
        return read(reader);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      int line = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNumber());
      throw new MjcfException(name, line, "", "this is not XML: " + reason(e));
    }
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
    return factory;
  }

  /** What the parser says, without the place that it puts before. */
  private static String reason(XMLStreamException e) {
    String text = String.valueOf(e.getMessage());
    int at = text.indexOf("Message: ");
    return (at < 0 ? text : text.substring(at + "Message: ".length())).strip();
  }

  private Element read(XMLStreamReader reader) throws XMLStreamException {
    int begins = 1;
    while (reader.hasNext()) {
      int event = reader.next();
      switch (event) {
        case XMLStreamConstants.START_ELEMENT -> start(reader, begins);
        case XMLStreamConstants.END_ELEMENT -> open.pop();
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text(reader);
        case XMLStreamConstants.DTD ->
            throw new MjcfException(
                name, begins, "<!DOCTYPE>", "document types are not read; remove the declaration");
        case XMLStreamConstants.ENTITY_REFERENCE ->
            throw new MjcfException(name, begins, "", "entities are not read; write what it means");
        default -> {} // comments and instructions say nothing about the robot
      }
      begins = reader.getLocation().getLineNumber();
    }
    if (root == null) {
      throw new MjcfException(name, 0, "", "the file is empty");
    }
    return root;
  }

  private void start(XMLStreamReader reader, int begins) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      attributes.put(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
    }
    // space before the root is no event: its line is the one that its tag ends in
    int line = open.isEmpty() ? reader.getLocation().getLineNumber() : begins;
    Element element =
        Element.of(reader.getLocalName(), Collections.unmodifiableMap(attributes), name, line);
    budget.addElement(element.place(), open.size());
    Element parent = open.peek();
    if (parent == null) {
      root = element;
    } else {
      parent.children().add(element);
    }
    open.push(element);
  }

  private void text(XMLStreamReader reader) {
    Element parent = open.peek();
    if (parent != null && !reader.getText().isBlank()) {
      warnings.add(parent.place(), "text between the elements", "it has no meaning in MJCF");
    }
  }

  /** Bytes in memory as a stream. */
  private static final class Bytes extends InputStream {
    private final byte[] bytes;
    private int at;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return at < bytes.length ? bytes[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int from, int most) {
      int count = Math.min(most, bytes.length - at);
      if (count <= 0) {
        return most == 0 ? 0 : -1;
      }
      System.arraycopy(bytes, at, into, from, count);
      at += count;
      return count;
    }
  }
}
