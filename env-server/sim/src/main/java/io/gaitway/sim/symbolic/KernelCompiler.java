package io.gaitway.sim.symbolic;

import io.gaitway.sim.pause.Pause;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Compiles expressions to a {@link Kernel}: a hidden class of bytecode, straight-line but for what
 * is left out where its condition is not met (see {@link KernelPlan}). Where no condition is met at
 * all, another class runs that knows of none.
 *
 * <p>The code is cut into methods ("chunks"), since HotSpot does not compile a method of more than
 * 8000 bytes; what a later chunk needs travels through the memory array. Sine and cosine of the
 * same angle are computed together.
 */
public final class KernelCompiler {
  private static final String ELEMENTARY = Type.getInternalName(Elementary.class);
  private static final String KERNEL = Type.getInternalName(Kernel.class);
  private static final String RUN = "([D[D[D)V";
  private static final String GENERATED =
      Type.getInternalName(KernelCompiler.class).replace("KernelCompiler", "GeneratedKernel");

  /** The arrays among the local variables of the static methods. */
  private static final int MEMORY = 0;

  private static final int FIRST = 1;
  private static final int SECOND = 2;

  /** So many outputs that are 0, in a row, are written by a loop. */
  private static final int LEAST_ZEROS = 4;

  /** So many stages, or blocks of one, are called by one method. */
  private static final int PART = 60;

  private final Pause pause = Pause.ofThread();
  private final int inMemory;
  private final int inFirst;
  private final KernelPlan plan;
  private final boolean[] angleDone;
  private final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
  private int blockParts;
  private int chunks;

  private KernelCompiler(
      Graph graph, List<Expr> given, List<Expr> inMemory, List<Expr> inFirst, List<Expr> inSecond) {
    this.inMemory = inMemory.size();
    this.inFirst = inFirst.size();
    List<Expr> outputs = Stream.of(inMemory, inFirst, inSecond).flatMap(List::stream).toList();
    plan = new KernelPlan(graph, given, outputs, this.inMemory);
    angleDone = new boolean[graph.size()];
  }

  /**
   * Compiles a kernel that reads the graph's inputs and writes {@code outputs} in order. Allocates.
   */
  public static Kernel compile(Graph graph, List<Expr> outputs) {
    return compile(graph, List.of(), outputs, List.of(), List.of());
  }

  /**
   * Compiles a kernel that writes {@code outputs} to its memory and the others to the two arrays
   * that it is run with: what is wanted elsewhere need not be copied. Allocates.
   *
   * @param given expressions whose values are in memory already, behind the inputs, as a kernel
   *     leaves them of which they are the outputs
   */
  public static Kernel compile(
      Graph graph, List<Expr> given, List<Expr> outputs, List<Expr> inFirst, List<Expr> inSecond) {
    List<Expr> all = Stream.of(outputs, inFirst, inSecond).flatMap(List::stream).toList();
    Optional<Expr> any = KernelPlan.conditions(graph.reached(all, given)).reduce(graph::any);
    Kernel whole = load(classFile(graph, given, outputs, inFirst, inSecond));
    if (any.isEmpty()) {
      return whole;
    }
    List<Expr> bare = graph.unconditioned(all, given);
    int second = outputs.size() + inFirst.size();
    return new ConditionalKernel(
        load(classFile(graph, given, List.of(any.get()), List.of(), List.of())),
        whole,
        load(
            classFile(
                graph,
                given,
                bare.subList(0, outputs.size()),
                bare.subList(outputs.size(), second),
                bare.subList(second, bare.size()))));
  }

  private static Kernel load(byte[] bytes) {
    try {
      return (Kernel)
          MethodHandles.lookup()
              .defineHiddenClass(bytes, true)
              .lookupClass()
              .getDeclaredConstructor()
              .newInstance();
    } catch (IllegalAccessException
        | InstantiationException
        | NoSuchMethodException
        | InvocationTargetException e) {
      throw new IllegalStateException("a generated kernel could not be loaded", e);
    }
  }

  /**
   * The largest parts of {@code outputs} that are computed under no condition and do not depend on
   * {@code changing}: what needs to be computed once, and can be {@code given}, where a kernel runs
   * several times with other values of these inputs. And what of it {@code others} need.
   */
  public static List<Expr> lasting(
      Graph graph, Expr[] changing, List<Expr> outputs, List<Expr> others) {
    KernelPlan plan = new KernelPlan(graph, List.of(), outputs, 0);
    boolean[] lasts = new boolean[graph.size()];
    Arrays.fill(lasts, true);
    for (Expr input : changing) {
      lasts[input.id] = false;
    }
    List<Expr> computed = plan.computed();
    for (Expr node : computed) {
      lasts[node.id] =
          lasts[plan.first(node).id] && (node.op.arity == 1 || lasts[plan.second(node).id]);
    }
    Set<Expr> candidates =
        computed.stream()
            .filter(node -> lasts[node.id] && plan.isAlwaysComputed(node))
            .collect(Collectors.toSet());
    Set<Expr> found = new TreeSet<>(Comparator.comparingInt((Expr node) -> node.id));
    List<Expr> all = Stream.concat(outputs.stream(), others.stream()).toList();
    for (Expr node : graph.reached(all, List.of())) {
      if (node.op.arity >= 1 && !candidates.contains(node)) {
        found.add(KernelPlan.resolve(node.first()));
        if (node.op.arity == 2) {
          found.add(KernelPlan.resolve(node.second()));
        }
      }
    }
    found.retainAll(candidates);
    return List.copyOf(found);
  }

  /** A class file that {@link #compile} loads. */
  static byte[] classFile(
      Graph graph, List<Expr> given, List<Expr> outputs, List<Expr> inFirst, List<Expr> inSecond) {
    return new KernelCompiler(graph, given, outputs, inFirst, inSecond).writeClass();
  }

  private byte[] writeClass() {
    writer.visit(Opcodes.V17, Opcodes.ACC_FINAL | Opcodes.ACC_SUPER, GENERATED, null, KERNEL, null);
    writeConstructor();
    MethodVisitor run = begin(Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL, "run");
    List<KernelPlan.Stage> stages = plan.stages;
    for (int from = 0; from < stages.size(); from += PART) {
      List<KernelPlan.Stage> some = stages.subList(from, Math.min(from + PART, stages.size()));
      callMethod(
          run, 1, writePart("stages" + from, part -> some.forEach(each -> write(part, each))));
    }
    writeCopies(run);
    end(run);
    writer.visitEnd();
    return writer.toByteArray();
  }

  /** Writes a method of calls and branches; returns its name. */
  private String writePart(String name, Consumer<MethodVisitor> content) {
    MethodVisitor part = begin(Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC, name);
    content.accept(part);
    end(part);
    return name;
  }

  private void write(MethodVisitor part, KernelPlan.Stage stage) {
    writeChunks(part, stage.chunks());
    List<KernelPlan.Block> blocks = stage.blocks();
    for (int from = 0; from < blocks.size(); from += PART) {
      List<KernelPlan.Block> some = blocks.subList(from, Math.min(from + PART, blocks.size()));
      String name = "blocks" + blockParts++;
      callMethod(part, MEMORY, writePart(name, inner -> some.forEach(each -> write(inner, each))));
    }
  }

  private void write(MethodVisitor part, KernelPlan.Block block) {
    Label unmet = new Label();
    Label end = new Label();
    skipUnless(part, block.condition(), unmet);
    writeChunks(part, block.chunks());
    part.visitJumpInsn(Opcodes.GOTO, end);
    land(part, unmet);
    skipUnless(part, block.outer(), end);
    clear(part, block.results());
    land(part, end);
  }

  private void writeChunks(MethodVisitor part, List<List<Expr>> chunksOfNodes) {
    for (List<Expr> nodes : chunksOfNodes) {
      pause.point();
      String name = "chunk" + chunks++;
      writeChunk(name, body -> nodes.forEach(body::define));
      callMethod(part, MEMORY, name);
    }
  }

  private void writeChunk(String name, Consumer<Chunk> content) {
    MethodVisitor method = begin(Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC, name);
    content.accept(new Chunk(method));
    end(method);
  }

  /** Jumps unless the condition, if there is one, is met. */
  private void skipUnless(MethodVisitor method, @Nullable Expr condition, Label to) {
    if (condition != null) {
      method.visitVarInsn(Opcodes.ALOAD, MEMORY);
      method.visitLdcInsn(plan.conditionSlot(condition));
      method.visitInsn(Opcodes.DALOAD);
      method.visitInsn(Opcodes.DCONST_0);
      method.visitInsn(Opcodes.DCMPL);
      method.visitJumpInsn(Opcodes.IFLE, to);
    }
  }

  private static void land(MethodVisitor method, Label label) {
    method.visitLabel(label);
    method.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
  }

  private static void clear(MethodVisitor method, KernelPlan.Places places) {
    if (!places.isEmpty()) {
      clear(method, MEMORY, places.from(), places.to());
    }
  }

  private static void clear(MethodVisitor method, int array, int from, int to) {
    method.visitVarInsn(Opcodes.ALOAD, array);
    method.visitLdcInsn(from);
    method.visitLdcInsn(to);
    method.visitMethodInsn(Opcodes.INVOKESTATIC, KERNEL, "clear", "([DII)V", false);
  }

  /** Outputs that no chunk stored: inputs, constants, what has a condition, and repetitions. */
  private void writeCopies(MethodVisitor run) {
    List<KernelPlan.Places> left = new ArrayList<>();
    int at = 0;
    while (at < plan.outputs.size()) {
      int end = zerosFrom(at);
      if (end - at >= LEAST_ZEROS) {
        left.add(new KernelPlan.Places(at, end));
        at = end;
      } else {
        if (!isStored(at)) {
          left.add(new KernelPlan.Places(at, at + 1));
        }
        at++;
      }
    }
    int copies = 0;
    for (int from = 0; from < left.size(); from += KernelPlan.CHUNK_STORES) {
      List<KernelPlan.Places> some =
          left.subList(from, Math.min(from + KernelPlan.CHUNK_STORES, left.size()));
      String name = "copy" + copies++;
      writeChunk(name, body -> some.forEach(body::copyOutputs));
      callMethod(run, 1, name);
    }
  }

  /** The end of a row of outputs that are 0, in one array, which begins at {@code from}. */
  private int zerosFrom(int from) {
    int end = from;
    while (end < plan.outputs.size()
        && plan.outputs.get(end).isZero()
        && array(end) == array(from)) {
      end++;
    }
    return end;
  }

  /** The local variable of a static method that holds the array of an output. */
  private int array(int output) {
    return output < inMemory ? MEMORY : output < inMemory + inFirst ? FIRST : SECOND;
  }

  /** The place of an output in its array. */
  private int index(int output) {
    return switch (array(output)) {
      case MEMORY -> plan.outputAt + output;
      case FIRST -> output - inMemory;
      default -> output - inMemory - inFirst;
    };
  }

  private boolean isStored(int output) {
    Expr node = plan.outputs.get(output);
    return plan.firstOutput(node) == output && storesOutput(node);
  }

  /** Whether a node is written to the output that it is when it is computed. */
  private boolean storesOutput(Expr node) {
    return plan.isHeld(node) && node.op != Op.WHERE;
  }

  private void writeConstructor() {
    MethodVisitor method = writer.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
    method.visitCode();
    method.visitVarInsn(Opcodes.ALOAD, 0);
    method.visitLdcInsn(plan.outputAt);
    method.visitLdcInsn(plan.memorySize());
    method.visitLdcInsn(plan.operations());
    method.visitMethodInsn(Opcodes.INVOKESPECIAL, KERNEL, "<init>", "(III)V", false);
    end(method);
  }

  /** Calls a method with the three arrays, which are local variables of the caller in a row. */
  private static void callMethod(MethodVisitor caller, int arrays, String name) {
    caller.visitVarInsn(Opcodes.ALOAD, arrays);
    caller.visitVarInsn(Opcodes.ALOAD, arrays + 1);
    caller.visitVarInsn(Opcodes.ALOAD, arrays + 2);
    caller.visitMethodInsn(Opcodes.INVOKESTATIC, GENERATED, name, RUN, false);
  }

  private MethodVisitor begin(int access, String name) {
    MethodVisitor method = writer.visitMethod(access, name, RUN, null, null);
    method.visitCode();
    return method;
  }

  private static void end(MethodVisitor method) {
    method.visitInsn(Opcodes.RETURN);
    method.visitMaxs(0, 0);
    method.visitEnd();
  }

  /** One generated method; the memory array and the two for outputs are its arguments. */
  private final class Chunk {
    private final MethodVisitor method;
    private final Map<Expr, Integer> locals = new HashMap<>();
    private int nextLocal = 3;

    Chunk(MethodVisitor method) {
      this.method = method;
    }

    /** Computes a materialised node and stores it wherever it is wanted. */
    void define(Expr node) {
      if (node.op == Op.WHERE) {
        address(MEMORY, plan.slot(node));
        push(plan.second(node));
        method.visitInsn(Opcodes.DASTORE);
        return;
      }
      if (KernelPlan.isAngleFunction(node)) {
        computeAngle(plan.first(node));
        storeOutput(node);
        return;
      }
      compute(node);
      newLocal(node);
      if (plan.slot(node) >= 0) {
        address(MEMORY, plan.slot(node));
        push(node);
        method.visitInsn(Opcodes.DASTORE);
      }
      storeOutput(node);
    }

    /** One output, or several that are 0. */
    void copyOutputs(KernelPlan.Places places) {
      if (places.to() - places.from() == 1) {
        copyOutput(places.from());
      } else {
        int from = index(places.from());
        clear(method, array(places.from()), from, from + places.to() - places.from());
      }
    }

    private void copyOutput(int i) {
      Expr node = plan.outputs.get(i);
      addressOutput(i);
      if (storesOutput(node)) {
        addressOutput(plan.firstOutput(node));
        method.visitInsn(Opcodes.DALOAD);
      } else {
        push(node);
      }
      method.visitInsn(Opcodes.DASTORE);
    }

    private void storeOutput(Expr node) {
      if (plan.firstOutput(node) >= 0) {
        addressOutput(plan.firstOutput(node));
        push(node);
        method.visitInsn(Opcodes.DASTORE);
      }
    }

    /** Leaves array and index of output {@code i} on the stack. */
    private void addressOutput(int i) {
      address(array(i), index(i));
    }

    private void address(int array, int index) {
      method.visitVarInsn(Opcodes.ALOAD, array);
      method.visitLdcInsn(index);
    }

    private void computeAngle(Expr angle) {
      if (angleDone[angle.id]) {
        return;
      }
      angleDone[angle.id] = true;
      push(angle);
      method.visitVarInsn(Opcodes.ALOAD, MEMORY);
      method.visitLdcInsn(plan.angleSlot(angle));
      method.visitMethodInsn(Opcodes.INVOKESTATIC, ELEMENTARY, "sinCos", "(D[DI)V", false);
    }

    private void newLocal(Expr node) {
      method.visitVarInsn(Opcodes.DSTORE, nextLocal);
      locals.put(node, nextLocal);
      nextLocal += 2;
    }

    /** Leaves a node's value on the stack. */
    private void push(Expr node) {
      Integer local = locals.get(node);
      if (local != null) {
        method.visitVarInsn(Opcodes.DLOAD, local);
      } else if (node.op == Op.CONSTANT) {
        method.visitLdcInsn(node.value);
      } else if (plan.slot(node) >= 0) {
        pushFromMemory(plan.slot(node), node);
      } else {
        compute(node);
      }
    }

    private void pushFromMemory(int index, Expr node) {
      address(MEMORY, index);
      method.visitInsn(Opcodes.DALOAD);
      method.visitInsn(Opcodes.DUP2);
      newLocal(node);
    }

    private void compute(Expr node) {
      if (node.op == Op.NEGATE && isScaling(plan.first(node))) {
        Expr scaling = plan.first(node);
        method.visitLdcInsn(-scaling.first().value);
        push(plan.second(scaling));
        method.visitInsn(Opcodes.DMUL);
        return;
      }
      push(plan.first(node));
      if (node.op.arity == 2) {
        push(plan.second(node));
      }
      switch (node.op) {
        case NEGATE -> method.visitInsn(Opcodes.DNEG);
        case ADD -> method.visitInsn(Opcodes.DADD);
        case SUBTRACT -> method.visitInsn(Opcodes.DSUB);
        case MULTIPLY -> method.visitInsn(Opcodes.DMUL);
        case DIVIDE -> method.visitInsn(Opcodes.DDIV);
        case ABS -> call("java/lang/Math", "abs");
        case POSITIVE -> call(ELEMENTARY, "positive");
        case SQRT -> call("java/lang/Math", "sqrt");
        case SOFTPLUS -> call(ELEMENTARY, "softplus");
        case LOGISTIC -> call(ELEMENTARY, "logistic");
        case SIGN -> sign();
        default -> throw new IllegalStateException("cannot compile " + node.op);
      }
    }

    /**
     * Replaces the value on the stack by its sign, in integers and without a branch: the sign bit,
     * and the bits of 1 where another bit is set. Math.signum branches by the value, which made
     * derivatives slower by a tenth.
     */
    private void sign() {
      bits("doubleToRawLongBits", "(D)J");
      method.visitInsn(Opcodes.DUP2);
      method.visitLdcInsn(Long.MAX_VALUE);
      method.visitInsn(Opcodes.LAND);
      method.visitInsn(Opcodes.LNEG);
      method.visitIntInsn(Opcodes.BIPUSH, 63);
      method.visitInsn(Opcodes.LSHR);
      method.visitLdcInsn(Double.doubleToRawLongBits(1));
      method.visitInsn(Opcodes.LAND);
      method.visitInsn(Opcodes.DUP2_X2);
      method.visitInsn(Opcodes.POP2);
      method.visitLdcInsn(Long.MIN_VALUE);
      method.visitInsn(Opcodes.LAND);
      method.visitInsn(Opcodes.LOR);
      bits("longBitsToDouble", "(J)D");
    }

    private void bits(String name, String type) {
      method.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Double", name, type, false);
    }

    /** Whether {@code node} is c · x and kept nowhere, so that −(c · x) may be (−c) · x. */
    private boolean isScaling(Expr node) {
      return node.op == Op.MULTIPLY
          && node.first().op == Op.CONSTANT
          && !plan.isHeld(node)
          && plan.slot(node) < 0;
    }

    private void call(String owner, String name) {
      method.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, "(D)D", false);
    }
  }
}
