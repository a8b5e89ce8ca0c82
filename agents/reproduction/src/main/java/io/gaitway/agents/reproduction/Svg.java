package io.gaitway.agents.reproduction;

import java.io.StringWriter;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** An SVG document under construction; all lengths are pixels. */
final class Svg {
  private static final String NAMESPACE = "http://www.w3.org/2000/svg";

  private final StringWriter text = new StringWriter();
  private final XMLStreamWriter xml;

  private interface Writing {
    void write() throws XMLStreamException;
  }

  Svg() {
    try {
      xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Writing writing) {
    try {
      writing.write();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string writer failed", e);
    }
  }

  /** Two coordinates in a path. */
  static String place(double x, double y) {
    return String.format(Locale.ROOT, "%.2f %.2f", x, y);
  }

  void begin(int width, int height, String title) {
    write(
        () -> {
          xml.writeStartDocument();
          xml.writeStartElement("svg");
          xml.writeDefaultNamespace(NAMESPACE);
          attributes(
              "viewBox",
              "0 0 " + width + " " + height,
              "width",
              Integer.toString(width),
              "height",
              Integer.toString(height),
              "font-family",
              "Helvetica, Arial, 'Liberation Sans', sans-serif");
          content("title", title);
          element("rect", "width", "100%", "height", "100%", "fill", "#ffffff");
        });
  }

  /** Ends the document and gives it. */
  String end() {
    write(
        () -> {
          xml.writeEndElement();
          xml.writeEndDocument();
          xml.close();
        });
    return text + "\n";
  }

  void clip(String id, int x, int y, int width, int height) {
    write(
        () -> {
          xml.writeStartElement("clipPath");
          attributes("id", id);
          element(
              "rect",
              "x",
              Integer.toString(x),
              "y",
              Integer.toString(y),
              "width",
              Integer.toString(width),
              "height",
              Integer.toString(height));
          xml.writeEndElement();
        });
  }

  void beginGroup(String clip) {
    write(
        () -> {
          xml.writeStartElement("g");
          attributes("clip-path", "url(#" + clip + ")");
        });
  }

  void endGroup() {
    write(xml::writeEndElement);
  }

  /** A line along a path; dashed unless {@code dash} is empty. */
  void path(String path, String colour, double width, String dash) {
    write(
        () -> {
          xml.writeEmptyElement("path");
          attributes(
              "d",
              path,
              "fill",
              "none",
              "stroke",
              colour,
              "stroke-width",
              Double.toString(width),
              "stroke-linejoin",
              "round");
          if (!dash.isEmpty()) {
            attributes("stroke-dasharray", dash);
          }
        });
  }

  /** A translucent area. */
  void band(String path, String colour) {
    write(() -> element("path", "d", path, "fill", colour, "fill-opacity", "0.1"));
  }

  /** A straight line with round ends. */
  void segment(double x0, double y0, double x1, double y1, String colour, double width) {
    write(
        () ->
            element(
                "path",
                "d",
                "M" + place(x0, y0) + "L" + place(x1, y1),
                "stroke",
                colour,
                "stroke-width",
                String.format(Locale.ROOT, "%.2f", width),
                "stroke-linecap",
                "round",
                "stroke-opacity",
                "0.6"));
  }

  void text(double x, double y, String anchor, int size, String colour, String content) {
    write(
        () -> {
          xml.writeStartElement("text");
          attributes(
              "x", String.format(Locale.ROOT, "%.2f", x),
              "y", String.format(Locale.ROOT, "%.2f", y),
              "text-anchor", anchor,
              "font-size", Integer.toString(size),
              "fill", colour);
          xml.writeCharacters(content);
          xml.writeEndElement();
        });
  }

  /** Text that reads upwards, centred. */
  void upwards(double x, double y, int size, String colour, String content) {
    write(
        () -> {
          xml.writeStartElement("text");
          attributes(
              "transform",
              "translate(" + place(x, y) + ") rotate(-90)",
              "text-anchor",
              "middle",
              "font-size",
              Integer.toString(size),
              "fill",
              colour);
          xml.writeCharacters(content);
          xml.writeEndElement();
        });
  }

  private void element(String name, String... attributes) throws XMLStreamException {
    xml.writeEmptyElement(name);
    attributes(attributes);
  }

  private void content(String name, String content) throws XMLStreamException {
    xml.writeStartElement(name);
    xml.writeCharacters(content);
    xml.writeEndElement();
  }

  /** Names and values in turn. */
  private void attributes(String... attributes) throws XMLStreamException {
    for (int i = 0; i < attributes.length; i += 2) {
      xml.writeAttribute(attributes[i], attributes[i + 1]);
    }
  }
}
