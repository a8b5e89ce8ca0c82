package io.gaitway.sim.symbolic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Allocation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.objectweb.asm.ClassReader;

/**
 * Compiled kernels against walking the graph: the same bits, whatever the graph, but for the signs
 * of zeros.
 */
class KernelTest {
  /** HotSpot leaves longer methods to the interpreter for ever. */
  private static final int HUGE_METHOD_BYTES = 8000;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 20, 100, 1000, 5000})
  void kernelsGiveTheBitsOfTheGraph(int steps) {
    for (int seed = 0; seed < Math.max(3, 200 / steps); seed++) {
      RandomGraph random = new RandomGraph(1000L * steps + seed, 4, steps);
      assertSameBits(random, random.outputs(Math.min(steps, 12)));
    }
  }

  @Test
  void largeKernelsAreCutIntoMethodsThatHotSpotCompiles() {
    RandomGraph random = new RandomGraph(7, 20, 12_000);
    assertTrue(random.graph.size() > 20_000, "nodes " + random.graph.size());
    List<Expr> outputs = random.outputs(2000);
    assertTrue(methodSizes(random.graph, outputs).size() > 10);
    assertNoHugeMethod(random.graph, outputs);
    assertSameBits(random, outputs);
  }

  @Test
  void manyConstantOutputsMakeNoHugeMethod() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(2);
    List<Expr> outputs = new ArrayList<>();
    for (int i = 0; i < 6000; i++) {
      outputs.add(i % 7 == 0 ? x[i % 2] : graph.constant(i % 5));
    }
    assertNoHugeMethod(graph, outputs);
    assertSameBits(graph, outputs, new double[] {0.3, -4});
  }

  @Test
  void aSumOfManyTermsMakesNoHugeMethod() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(40);
    Expr sum = graph.zero();
    for (int i = 0; i < 40; i++) {
      for (int j = 0; j < 40; j++) {
        sum = sum.plus(x[i].times(x[j]).times(1 + 0.01 * i + 0.001 * j).softplus());
      }
    }
    double[] point = IntStream.range(0, 40).mapToDouble(i -> StrictMath.sin(i)).toArray();
    assertNoHugeMethod(graph, List.of(sum));
    assertSameBits(graph, List.of(sum), point);
  }

  /** Each level uses the last one's difference twice, through two functions of its negative. */
  @Test
  void sharedWorkUnderASignIsDoneOnce() {
    Graph graph = new Graph();
    Expr x = graph.input();
    Expr y = graph.input();
    Expr level = x.minus(y);
    for (int i = 0; i < 40; i++) {
      Expr negative = level.plus(0.1 * i).negate();
      level = negative.abs().minus(negative.softplus());
    }
    Map<String, Integer> sizes = methodSizes(graph, List.of(level));
    int total = sizes.values().stream().mapToInt(Integer::intValue).sum();
    assertTrue(total < 100 * graph.size(), "bytes " + total + " for nodes " + graph.size());
    assertSameBits(graph, List.of(level), new double[] {0.3, -0.4});
  }

  /** What is created before its condition waits for it. */
  @Test
  void conditionsComeBeforeWhatBelongsToThem() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(3);
    Expr early = x[0].sin().times(x[1]).plus(2);
    Expr shared = early.times(early);
    Expr one = shared.plus(x[2]).where(x[1].minus(x[0]));
    Expr other = shared.minus(x[1]).where(one.plus(x[0].plus(-0.5)));
    List<Expr> outputs = List.of(one.plus(other), other.times(one));
    for (double[] point : new double[][] {{0, 1, 2}, {1, 0, 2}, {1, 0, -9}, {0.1, 0.2, -9}}) {
      assertSameBits(graph, outputs, point);
    }
  }

  /** What a condition leaves out leaves no trace in memory. */
  @Test
  void whatBelongsToAConditionIsComputedWhereItIsMet() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(3);
    List<Expr> parts = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      List<Expr> roots = new ArrayList<>();
      for (int k = 1; k <= 1000; k++) {
        roots.add(x[2].times(k).plus(i).abs().sqrt());
      }
      Expr sum = graph.zero();
      Expr squares = graph.zero();
      for (Expr root : roots) {
        sum = sum.plus(root);
        squares = squares.plus(root.square());
      }
      parts.add(sum.times(squares).where(x[i]));
    }
    List<Expr> outputs = List.of(parts.get(0).plus(x[2]), parts.get(1).times(x[2]));
    Kernel kernel = KernelCompiler.compile(graph, outputs);
    long none = untouched(kernel, new double[] {-1, 0, 0.5});
    long one = untouched(kernel, new double[] {1, -1, 0.5});
    long all = untouched(kernel, new double[] {1, 1, 0.5});
    assertTrue(all < one && one < none, all + ", " + one + ", " + none + " untouched");
    for (double[] point : new double[][] {{-1, 0, 0.5}, {1, -1, 0.5}, {-1, 1, 0.5}, {1, 1, 0.5}}) {
      assertSameBits(graph, outputs, point);
    }
  }

  private static long untouched(Kernel kernel, double[] point) {
    return Arrays.stream(run(kernel, point, Double.NaN)).filter(Double::isNaN).count();
  }

  @Test
  void whatIsGivenIsTakenFromMemory() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(2);
    List<Expr> given = List.of(x[0].times(3), x[0].sin(), x[1].where(x[0]));
    List<Expr> outputs = new ArrayList<>();
    for (Expr each : given) {
      outputs.addAll(List.of(each, each.negate(), each.plus(x[1]), each.times(-2)));
    }
    Kernel kernel = KernelCompiler.compile(graph, given, outputs, List.of(), List.of());
    double[] memory = kernel.newMemory();
    System.arraycopy(new double[] {1, 2, 10, 20, 30}, 0, memory, 0, 5);
    kernel.run(memory);
    double[] expected = {10, -10, 12, -6, 20, -20, 22, -40, 30, -30, 32, -4};
    double[] actual = Arrays.copyOfRange(memory, 5, 17);
    assertArrayEquals(expected, actual, Arrays.toString(actual));
  }

  @Test
  void whatLastsIsGivenToLaterRuns() {
    RandomGraph random = new RandomGraph(9, 6, 3000);
    List<Expr> outputs = random.outputs(40);
    Expr[] changing = {random.inputs[0], random.inputs[3]};
    List<Expr> wanted = outputs.subList(0, 20);
    List<Expr> others = outputs.subList(20, 40);
    List<Expr> lasting = KernelCompiler.lasting(random.graph, changing, wanted, others);
    assertTrue(lasting.size() > 20, lasting.size() + " that last");
    Kernel start = KernelCompiler.compile(random.graph, lasting);
    List<Kernel> later =
        Stream.of(wanted, others)
            .map(some -> KernelCompiler.compile(random.graph, lasting, some, List.of(), List.of()))
            .toList();
    double[] memory =
        new double
            [Stream.concat(Stream.of(start), later.stream())
                .mapToInt(Kernel::memorySize)
                .max()
                .orElseThrow()];
    double[] point = random.point(2);
    System.arraycopy(point, 0, memory, 0, 6);
    start.run(memory);
    for (double value : new double[] {point[0], -0.3, 1.7}) {
      point[0] = value;
      point[3] = 2 * value;
      System.arraycopy(point, 0, memory, 0, 6);
      double[] expected = random.graph.evaluate(outputs, point);
      for (int k = 0; k < 2; k++) {
        later.get(k).run(memory);
        for (int i = 0; i < 20; i++) {
          assertEquals(
              expected[20 * k + i] + 0.0, memory[later.get(k).outputAt() + i] + 0.0, "output " + i);
        }
      }
    }
  }

  @Test
  void sineAndCosineOfOneAngleAreSharedAcrossKinds() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(3);
    Expr angle = x[0].plus(x[1]);
    List<Expr> outputs =
        List.of(
            angle.sin(),
            angle.cos(),
            angle.sin(),
            angle.negate().sin(),
            x[2].cos(),
            x[2].sin().times(angle.sin()),
            x[2].negate().cos());
    assertSameBits(graph, outputs, new double[] {0.3, 2, -1});
    assertSameBits(graph, outputs, new double[] {Double.NaN, 2, -1});
    assertSameBits(graph, outputs, new double[] {1e300, 2, Double.POSITIVE_INFINITY});
  }

  @Test
  void specialValuesPassThroughEveryOperation() {
    Graph graph = new Graph();
    Expr x = graph.input();
    Expr y = graph.input();
    List<Expr> outputs =
        List.of(
            x.negate(),
            x.abs(),
            x.sign(),
            x.sqrt(),
            x.sin(),
            x.cos(),
            x.softplus(),
            x.logistic(),
            x.plus(y),
            x.minus(y),
            x.times(y),
            x.over(y),
            x.where(y),
            x.sqrt().where(x.or(y)),
            x.positivePart());
    double[] special = {
      0.0,
      -0.0,
      1,
      -1,
      Double.MIN_VALUE,
      -Double.MAX_VALUE,
      800,
      -800,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY
    };
    for (double a : special) {
      for (double b : special) {
        assertSameBits(graph, outputs, new double[] {a, b});
      }
    }
  }

  @Test
  void inputsAreNotModifiedAndRunsDoNotDependOnWhatMemoryHeld() {
    RandomGraph random = new RandomGraph(3, 6, 3000);
    Kernel kernel = KernelCompiler.compile(random.graph, random.outputs(50));
    double[] point = random.point(2);
    double[] fresh = run(kernel, point, 0);
    double[] dirty = run(kernel, point, Double.NaN);
    assertEquals(6, kernel.outputAt());
    for (int i = 0; i < kernel.outputAt(); i++) {
      assertEquals(point[i], fresh[i]);
    }
    for (int i = 0; i < 57; i++) {
      assertEquals(fresh[6 + i], dirty[6 + i], "output " + i);
    }
  }

  @Test
  void outputsGoWhereTheyWereCompiledTo() {
    RandomGraph random = new RandomGraph(4, 6, 3000);
    List<Expr> outputs = new ArrayList<>(random.outputs(60));
    outputs.set(25, outputs.get(3)); // repeated, and constant
    outputs.set(45, random.graph.constant(7));
    double[] point = random.point(2);
    double[] expected = random.graph.evaluate(outputs, point);
    Kernel kernel =
        KernelCompiler.compile(
            random.graph,
            List.of(),
            outputs.subList(0, 20),
            outputs.subList(20, 40),
            outputs.subList(40, 60));
    double[] memory = Arrays.copyOf(point, kernel.memorySize());
    double[] first = new double[20];
    double[] second = new double[20];
    kernel.run(memory, first, second);
    for (int i = 0; i < 20; i++) {
      assertEquals(expected[i], memory[kernel.outputAt() + i], "in memory, " + i);
      assertEquals(expected[20 + i], first[i], "in first, " + i);
      assertEquals(expected[40 + i], second[i], "in second, " + i);
    }
  }

  @Test
  void runningAllocatesNothing() {
    RandomGraph random = new RandomGraph(5, 6, 3000);
    Kernel kernel = KernelCompiler.compile(random.graph, random.outputs(50));
    double[] memory = kernel.newMemory();
    System.arraycopy(random.point(2), 0, memory, 0, 6);
    Allocation.assertNone(() -> kernel.run(memory));
  }

  private static void assertSameBits(RandomGraph random, List<Expr> outputs) {
    for (double size : new double[] {0.5, 3, 1e6}) {
      assertSameBits(random.graph, outputs, random.point(size));
    }
  }

  private static void assertSameBits(Graph graph, List<Expr> outputs, double[] point) {
    Kernel kernel = KernelCompiler.compile(graph, outputs);
    double[] expected = graph.evaluate(outputs, point);
    double[] memory = run(kernel, point, Double.NaN);
    for (int i = 0; i < expected.length; i++) {
      double actual = memory[kernel.outputAt() + i];
      int output = i;
      assertEquals(
          Double.doubleToLongBits(expected[i] + 0.0),
          Double.doubleToLongBits(actual + 0.0),
          () ->
              "output %d, %s: expected %s but was %s at %s"
                  .formatted(
                      output,
                      outputs.get(output),
                      expected[output],
                      actual,
                      Arrays.toString(point)));
    }
  }

  private static double[] run(Kernel kernel, double[] point, double scratch) {
    double[] memory = kernel.newMemory();
    Arrays.fill(memory, scratch);
    System.arraycopy(point, 0, memory, 0, point.length);
    kernel.run(memory);
    return memory;
  }

  private static void assertNoHugeMethod(Graph graph, List<Expr> outputs) {
    methodSizes(graph, outputs)
        .forEach(
            (name, bytes) -> assertTrue(bytes < HUGE_METHOD_BYTES, name + " has bytes " + bytes));
  }

  /** Bytes of code by method, read from the class file's Code attributes. */
  static Map<String, Integer> methodSizes(Graph graph, List<Expr> outputs) {
    ClassReader reader =
        new ClassReader(KernelCompiler.classFile(graph, List.of(), outputs, List.of(), List.of()));
    char[] buffer = new char[reader.getMaxStringLength()];
    Map<String, Integer> sizes = new TreeMap<>();
    int at = reader.header + 6; // behind access flags, this class and super class
    at += 2 + 2 * reader.readUnsignedShort(at); // interfaces
    assertEquals(0, reader.readUnsignedShort(at), "a kernel has no fields");
    at += 2;
    int methods = reader.readUnsignedShort(at);
    at += 2;
    for (int m = 0; m < methods; m++) {
      String name = reader.readUTF8(at + 2, buffer);
      int attributes = reader.readUnsignedShort(at + 6);
      at += 8;
      for (int a = 0; a < attributes; a++) {
        if ("Code".equals(reader.readUTF8(at, buffer))) {
          sizes.put(name, reader.readInt(at + 10)); // behind length, max stack, max locals
        }
        at += 6 + reader.readInt(at + 2);
      }
    }
    assertEquals(methods, sizes.size(), "every method has code");
    return sizes;
  }
}
