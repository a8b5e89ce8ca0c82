package io.gaitway.sim.symbolic;

import io.gaitway.sim.pause.Pause;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Compiles expressions to a {@link Kernel}: a hidden class of straight-line bytecode.
 *
 * <p>An expression that is used once is computed where it is used; one that is used more often gets
 * a local variable. The code is cut into methods ("chunks"), since HotSpot does not compile a
 * method of more than 8000 bytes; what a later chunk needs travels through the memory array. Sine
 * and cosine of the same angle are computed together.
 */
public final class KernelCompiler {
  private static final int CHUNK_BYTES = 6000;
  private static final int BYTES_PER_NODE = 6;
  private static final int BYTES_PER_STORE = 10;
  private static final int CHUNK_STORES = CHUNK_BYTES / BYTES_PER_STORE;

  /** More nodes than this are not computed in one expression, shared or not. */
  private static final int LARGEST_TREE = 100;

  private static final String ELEMENTARY = Type.getInternalName(Elementary.class);
  private static final String KERNEL = Type.getInternalName(Kernel.class);
  private static final String RUN = "([D[D[D)V";
  private static final String GENERATED =
      Type.getInternalName(KernelCompiler.class).replace("KernelCompiler", "GeneratedKernel");

  private final Pause pause = Pause.ofThread();
  private final Graph graph;
  private final List<Expr> outputs;
  private final int inMemory;
  private final int inFirst;
  private final int outputAt;
  private int memorySize;

  private final int[] uses;
  private final List<Expr> materialised = new ArrayList<>();
  private final int[] chunkOf;
  private final int[] lastUse;
  private final int[] slotOf;
  private final Map<Expr, Integer> angleSlot = new HashMap<>();

  private int operations;

  /** By node: the first output that is this node, or −1. */
  private final int[] firstOutput;

  /** By node: how many nodes are computed when this one is, itself included. */
  private final int[] treeSize;

  private KernelCompiler(
      Graph graph, List<Expr> inMemory, List<Expr> inFirst, List<Expr> inSecond) {
    this.graph = graph;
    this.inMemory = inMemory.size();
    this.inFirst = inFirst.size();
    outputs =
        Stream.of(inMemory, inFirst, inSecond)
            .flatMap(List::stream)
            .map(KernelCompiler::resolve)
            .toList();
    outputAt = graph.inputCount();
    memorySize = outputAt + this.inMemory;
    uses = new int[graph.size()];
    chunkOf = new int[graph.size()];
    lastUse = new int[graph.size()];
    slotOf = new int[graph.size()];
    firstOutput = new int[graph.size()];
    treeSize = new int[graph.size()];
    Arrays.fill(chunkOf, -1);
    Arrays.fill(slotOf, -1);
    Arrays.fill(firstOutput, -1);
    for (int i = outputs.size() - 1; i >= 0; i--) {
      firstOutput[outputs.get(i).id] = i;
    }
  }

  /**
   * Compiles a kernel that reads the graph's inputs and writes {@code outputs} in order. Allocates.
   */
  public static Kernel compile(Graph graph, List<Expr> outputs) {
    return compile(graph, outputs, List.of(), List.of());
  }

  /**
   * Compiles a kernel that writes {@code outputs} to its memory and the others to the two arrays
   * that it is run with: what is wanted elsewhere need not be copied. Allocates.
   */
  public static Kernel compile(
      Graph graph, List<Expr> outputs, List<Expr> inFirst, List<Expr> inSecond) {
    byte[] bytes = classFile(graph, outputs, inFirst, inSecond);
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

  /** The class file that {@link #compile} loads. */
  static byte[] classFile(
      Graph graph, List<Expr> outputs, List<Expr> inFirst, List<Expr> inSecond) {
    KernelCompiler compiler = new KernelCompiler(graph, outputs, inFirst, inSecond);
    compiler.countUses();
    int chunks = compiler.assignChunks();
    compiler.assignSlots();
    return compiler.writeClass(chunks);
  }

  private static Expr resolve(Expr expr) {
    Expr e = expr;
    while (e.op == Op.VARIABLE) {
      e = e.first();
    }
    return e;
  }

  private void countUses() {
    for (Expr output : outputs) {
      uses[output.id]++;
    }
    for (int id = graph.size() - 1; id >= 0; id--) {
      Expr node = graph.node(id);
      if (uses[id] == 0 || node.op == Op.VARIABLE) {
        continue;
      }
      operations += node.op.operations;
      if (node.op.arity >= 1) {
        // A sign is applied where it is needed, so whoever uses it uses its operand.
        uses[resolve(node.first()).id] += node.op == Op.NEGATE ? uses[id] : 1;
      }
      if (node.op.arity == 2) {
        uses[resolve(node.second()).id]++;
      }
    }
  }

  private static boolean isAngleFunction(Expr node) {
    return node.op == Op.SIN || node.op == Op.COS;
  }

  private boolean isMaterialised(Expr node) {
    return node.op.arity > 0 && chunkOf[node.id] >= 0;
  }

  private int assignChunks() {
    int chunk = 0;
    int bytes = 0;
    for (int id = 0; id < graph.size(); id++) {
      Expr node = graph.node(id);
      if (uses[id] == 0 || node.op.arity == 0 || node.op == Op.VARIABLE) {
        continue;
      }
      treeSize[id] = 1 + operandSize(node.first());
      if (node.op.arity == 2) {
        treeSize[id] += operandSize(node.second());
      }
      boolean shared = uses[id] > 1 && node.op != Op.NEGATE;
      boolean large = treeSize[id] > LARGEST_TREE;
      if (!shared && !large && firstOutput[id] < 0 && !isAngleFunction(node)) {
        continue;
      }
      int size = BYTES_PER_NODE * treeSize[id] + BYTES_PER_STORE * (firstOutput[id] < 0 ? 1 : 2);
      if (bytes + size > CHUNK_BYTES && bytes > 0) {
        chunk++;
        bytes = 0;
      }
      bytes += size;
      chunkOf[id] = chunk;
      materialised.add(node);
    }
    return chunk + 1;
  }

  private int operandSize(Expr unresolved) {
    Expr operand = resolve(unresolved);
    return isMaterialised(operand) || operand.op.arity == 0 ? 1 : treeSize[operand.id];
  }

  /** Gives a memory slot to every value that a later chunk reads. */
  private void assignSlots() {
    for (Expr root : materialised) {
      noteUses(root, chunkOf[root.id]);
    }
    for (Expr root : materialised) {
      if (isAngleFunction(root)) {
        Expr angle = resolve(root.first());
        Integer pair = angleSlot.get(angle);
        if (pair == null) {
          pair = memorySize;
          angleSlot.put(angle, pair);
          memorySize += 2;
        }
        slotOf[root.id] = root.op == Op.SIN ? pair : pair + 1;
      } else if (lastUse[root.id] > chunkOf[root.id]) {
        slotOf[root.id] = memorySize++;
      }
    }
  }

  private void noteUses(Expr node, int chunk) {
    if (node.op.arity >= 1) {
      noteOperand(resolve(node.first()), chunk);
    }
    if (node.op.arity == 2) {
      noteOperand(resolve(node.second()), chunk);
    }
  }

  private void noteOperand(Expr operand, int chunk) {
    if (isMaterialised(operand)) {
      lastUse[operand.id] = Math.max(lastUse[operand.id], chunk);
    } else {
      noteUses(operand, chunk);
    }
  }

  private byte[] writeClass(int chunks) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    writer.visit(Opcodes.V17, Opcodes.ACC_FINAL | Opcodes.ACC_SUPER, GENERATED, null, KERNEL, null);
    writeConstructor(writer);
    boolean[] angleDone = new boolean[graph.size()];
    int next = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      pause.point();
      MethodVisitor method =
          begin(writer, Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC, "chunk" + chunk);
      Chunk body = new Chunk(method, angleDone);
      while (next < materialised.size() && chunkOf[materialised.get(next).id] == chunk) {
        body.define(materialised.get(next++));
      }
      end(method);
    }
    int copies = writeCopies(writer, angleDone);
    MethodVisitor run = begin(writer, Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL, "run");
    for (int chunk = 0; chunk < chunks; chunk++) {
      callMethod(run, "chunk" + chunk);
    }
    for (int copy = 0; copy < copies; copy++) {
      callMethod(run, "copy" + copy);
    }
    end(run);
    writer.visitEnd();
    return writer.toByteArray();
  }

  /** Outputs that no chunk stored: inputs, constants, and repetitions of other outputs. */
  private int writeCopies(ClassWriter writer, boolean[] angleDone) {
    List<Integer> left =
        IntStream.range(0, outputs.size())
            .filter(i -> firstOutput[outputs.get(i).id] < i || !isMaterialised(outputs.get(i)))
            .boxed()
            .toList();
    int copies = 0;
    for (int from = 0; from < left.size(); from += CHUNK_STORES) {
      MethodVisitor method =
          begin(writer, Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC, "copy" + copies++);
      Chunk body = new Chunk(method, angleDone);
      left.subList(from, Math.min(from + CHUNK_STORES, left.size())).forEach(body::copyOutput);
      end(method);
    }
    return copies;
  }

  private void writeConstructor(ClassWriter writer) {
    MethodVisitor method = writer.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
    method.visitCode();
    method.visitVarInsn(Opcodes.ALOAD, 0);
    method.visitLdcInsn(outputAt);
    method.visitLdcInsn(memorySize);
    method.visitLdcInsn(operations);
    method.visitMethodInsn(Opcodes.INVOKESPECIAL, KERNEL, "<init>", "(III)V", false);
    end(method);
  }

  private static void callMethod(MethodVisitor run, String name) {
    run.visitVarInsn(Opcodes.ALOAD, 1);
    run.visitVarInsn(Opcodes.ALOAD, 2);
    run.visitVarInsn(Opcodes.ALOAD, 3);
    run.visitMethodInsn(Opcodes.INVOKESTATIC, GENERATED, name, RUN, false);
  }

  private static MethodVisitor begin(ClassWriter writer, int access, String name) {
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
    private static final int MEMORY = 0;
    private static final int FIRST = 1;
    private static final int SECOND = 2;

    private final MethodVisitor method;
    private final boolean[] angleDone;
    private final Map<Expr, Integer> locals = new HashMap<>();
    private int nextLocal = 3;

    Chunk(MethodVisitor method, boolean[] angleDone) {
      this.method = method;
      this.angleDone = angleDone;
    }

    /** Computes a materialised node and stores it wherever it is wanted. */
    void define(Expr node) {
      if (isAngleFunction(node)) {
        computeAngle(resolve(node.first()));
        storeOutput(node);
        return;
      }
      compute(node);
      newLocal(node);
      if (slotOf[node.id] >= 0) {
        address(MEMORY, slotOf[node.id]);
        push(node);
        method.visitInsn(Opcodes.DASTORE);
      }
      storeOutput(node);
    }

    void copyOutput(int i) {
      Expr node = outputs.get(i);
      addressOutput(i);
      if (isMaterialised(node)) {
        addressOutput(firstOutput[node.id]);
        method.visitInsn(Opcodes.DALOAD);
      } else {
        push(node);
      }
      method.visitInsn(Opcodes.DASTORE);
    }

    private void storeOutput(Expr node) {
      if (firstOutput[node.id] >= 0) {
        addressOutput(firstOutput[node.id]);
        push(node);
        method.visitInsn(Opcodes.DASTORE);
      }
    }

    /** Leaves array and index of output {@code i} on the stack. */
    private void addressOutput(int i) {
      if (i < inMemory) {
        address(MEMORY, outputAt + i);
      } else if (i < inMemory + inFirst) {
        address(FIRST, i - inMemory);
      } else {
        address(SECOND, i - inMemory - inFirst);
      }
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
      method.visitLdcInsn(angleSlot.get(angle));
      method.visitMethodInsn(Opcodes.INVOKESTATIC, ELEMENTARY, "sinCos", "(D[DI)V", false);
    }

    private void newLocal(Expr node) {
      method.visitVarInsn(Opcodes.DSTORE, nextLocal);
      locals.put(node, nextLocal);
      nextLocal += 2;
    }

    /** Leaves the value of {@code unresolved} on the stack. */
    private void push(Expr unresolved) {
      Expr node = resolve(unresolved);
      Integer local = locals.get(node);
      if (local != null) {
        method.visitVarInsn(Opcodes.DLOAD, local);
      } else if (node.op == Op.CONSTANT) {
        method.visitLdcInsn(node.value);
      } else if (node.op == Op.INPUT) {
        pushFromMemory((int) node.value, node);
      } else if (isMaterialised(node)) {
        pushFromMemory(slotOf[node.id], node);
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
      if (node.op == Op.NEGATE && isScaling(resolve(node.first()))) {
        Expr scaling = resolve(node.first());
        method.visitLdcInsn(-scaling.first().value);
        push(scaling.second());
        method.visitInsn(Opcodes.DMUL);
        return;
      }
      push(node.first());
      if (node.op.arity == 2) {
        push(node.second());
      }
      switch (node.op) {
        case NEGATE -> method.visitInsn(Opcodes.DNEG);
        case ADD -> method.visitInsn(Opcodes.DADD);
        case SUBTRACT -> method.visitInsn(Opcodes.DSUB);
        case MULTIPLY -> method.visitInsn(Opcodes.DMUL);
        case DIVIDE -> method.visitInsn(Opcodes.DDIV);
        case ABS -> call("java/lang/Math", "abs");
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

    /** Whether {@code node} is c · x and not held anywhere, so that −(c · x) may be (−c) · x. */
    private boolean isScaling(Expr node) {
      return node.op == Op.MULTIPLY && node.first().op == Op.CONSTANT && !isMaterialised(node);
    }

    private void call(String owner, String name) {
      method.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, "(D)D", false);
    }
  }
}
