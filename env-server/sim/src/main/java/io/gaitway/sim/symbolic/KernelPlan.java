package io.gaitway.sim.symbolic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel computes, in which order, and what it keeps in memory: all that is decided before
 * {@link KernelCompiler} writes code.
 *
 * <p>A node that is used once is computed where it is used; one that is used more often is held, in
 * a local variable, and in memory if a later chunk of code needs it.
 *
 * <p>A node that is needed only under the condition of a {@link Op#WHERE} belongs to it, and is
 * computed only where the condition is met. The order goes by stages: in each, first what is always
 * computed, then blocks for conditions. The value of a WHERE leaves its block by way of memory, to
 * be used in blocks behind it and in later stages.
 */
final class KernelPlan {
  private static final int CHUNK_BYTES = 6000;
  private static final int BYTES_PER_NODE = 6;
  private static final int BYTES_PER_STORE = 10;

  /** So many stores make a chunk. */
  static final int CHUNK_STORES = CHUNK_BYTES / BYTES_PER_STORE;

  /** More nodes than this are not computed in one expression, shared or not. */
  private static final int LARGEST_TREE = 100;

  /** What is always computed comes in stages that are multiples of this; blocks between. */
  private static final int PHASE = 1 << 16;

  /** What is always computed, among the conditions of a stage. */
  private static final int ALWAYS = -1;

  /**
   * What is computed together.
   *
   * @param chunks what is always computed: held nodes in order, cut where a method would become too
   *     large
   * @param blocks come behind the chunks
   */
  record Stage(List<List<Expr>> chunks, List<Block> blocks) {}

  /**
   * What is computed where a condition is met.
   *
   * @param outer the condition under which its results are looked at; null if always
   * @param chunks as those of a stage
   * @param results 0 where the condition is not met
   */
  record Block(Expr condition, @Nullable Expr outer, List<List<Expr>> chunks, Places results) {}

  /** A part of the memory. */
  record Places(int from, int to) {
    boolean isEmpty() {
      return from == to;
    }
  }

  private record Pair(Expr a, Expr b) {}

  final List<Expr> outputs;
  final List<Stage> stages = new ArrayList<>();
  final int outputAt;

  private final Graph graph;

  /** The narrowest first. */
  private final List<Expr> conditions;

  /** Those that depend on no other. */
  private final List<Expr> independent;

  private final Map<Pair, Optional<Expr>> joins = new HashMap<>();
  private final Map<Expr, Integer> angleSlot = new HashMap<>();

  /** What the outputs are made of, and what of it is computed, in the order of creation. */
  private final List<Expr> reached;

  private final List<Expr> computed;

  private int memorySize;
  private int operations;

  // By node.

  /** Whether its value is in memory already. */
  private final boolean[] given;

  /** Its operands, as it reads them. */
  private final Expr[] first;

  private final Expr[] second;

  private final int[] uses;

  /** The condition that it belongs to; null: it is always computed. */
  private final @Nullable Expr[] under;

  private final boolean[] held;
  private final int[] stage;
  private final int[] chunkOf;
  private final int[] lastUse;

  /** Where in memory its value is, or −1. */
  private final int[] slot;

  /** The first output that it is, or −1. */
  private final int[] firstOutput;

  /** How many nodes are computed when it is, itself included. */
  private final int[] treeSize;

  /**
   * Plans.
   *
   * @param given expressions whose values are in memory already, behind the inputs
   * @param outputs the first of them go to memory, behind what is given
   * @param inMemory how many
   */
  KernelPlan(Graph graph, List<Expr> given, List<Expr> outputs, int inMemory) {
    this.graph = graph;
    this.outputs = outputs.stream().map(KernelPlan::resolve).toList();
    outputAt = graph.inputCount() + given.size();
    memorySize = outputAt + inMemory;
    reached = graph.reached(this.outputs, given);
    int size = graph.size();
    this.given = new boolean[size];
    first = new Expr[size];
    second = new Expr[size];
    uses = new int[size];
    under = new Expr[size];
    held = new boolean[size];
    stage = new int[size];
    chunkOf = new int[size];
    lastUse = new int[size];
    slot = new int[size];
    firstOutput = new int[size];
    treeSize = new int[size];
    Arrays.fill(slot, -1);
    Arrays.fill(firstOutput, -1);
    for (int i = outputs.size() - 1; i >= 0; i--) {
      firstOutput[this.outputs.get(i).id] = i;
    }
    for (int i = 0; i < given.size(); i++) {
      this.given[given.get(i).id] = true;
      slot[given.get(i).id] = graph.inputCount() + i;
    }
    conditions =
        conditions(reached)
            .sorted(Comparator.comparingInt(each -> graph.alternatives(each).size()))
            .toList();
    independent = independent();
    findUses();
    computed = reached.stream().filter(node -> uses[node.id] > 0 && !isLeaf(node)).toList();
    findHeld();
    findStages();
    findOrder();
  }

  int memorySize() {
    return memorySize;
  }

  int operations() {
    return operations;
  }

  /** The first operand as {@code node} reads it. */
  Expr first(Expr node) {
    return first[node.id];
  }

  /** The second operand as {@code node} reads it. */
  Expr second(Expr node) {
    return second[node.id];
  }

  /** Whether a node is computed at its place in the order, and not where it is used. */
  boolean isHeld(Expr node) {
    return held[node.id];
  }

  /** Whether a node is computed, whatever conditions are met. */
  boolean isAlwaysComputed(Expr node) {
    return uses[node.id] > 0 && !isLeaf(node) && under[node.id] == null;
  }

  /** Nodes that are computed, in the order of their creation. */
  List<Expr> computed() {
    return computed;
  }

  /** Where in memory a value is, or −1. */
  int slot(Expr node) {
    return node.op == Op.INPUT ? (int) node.value : slot[node.id];
  }

  /** Where in memory the value of a condition is. */
  int conditionSlot(Expr condition) {
    return slot(resolve(condition));
  }

  /** Where in memory the sine of an angle is, and behind it its cosine. */
  int angleSlot(Expr angle) {
    Integer at = angleSlot.get(angle);
    if (at == null) {
      throw new IllegalStateException("no place for the sine of " + angle);
    }
    return at;
  }

  int firstOutput(Expr node) {
    return firstOutput[node.id];
  }

  static boolean isAngleFunction(Expr node) {
    return node.op == Op.SIN || node.op == Op.COS;
  }

  /** The conditions among some nodes. */
  static Stream<Expr> conditions(List<Expr> nodes) {
    return nodes.stream().filter(node -> node.op == Op.WHERE).map(Expr::first).distinct();
  }

  /** What a variable is defined to be; else the expression. */
  static Expr resolve(Expr expr) {
    Expr e = expr;
    while (e.op == Op.VARIABLE) {
      e = e.first();
    }
    return e;
  }

  /** What an operand is to code that runs under a condition. */
  private Expr operand(Expr expr, @Nullable Expr condition) {
    Expr e = resolve(expr);
    while (e.op == Op.WHERE
        && !given[e.id]
        && condition != null
        && graph.implies(condition, e.first())) {
      e = resolve(e.second());
    }
    return e;
  }

  /** The condition under which the code of a node runs. */
  private @Nullable Expr condition(Expr node) {
    return node.op == Op.WHERE ? node.first() : under[node.id];
  }

  private boolean isLeaf(Expr node) {
    return node.op.arity == 0 || given[node.id];
  }

  private void findUses() {
    outputs.forEach(output -> use(output, null, 1));
    conditions.forEach(condition -> use(resolve(condition), null, 1));
    for (int i = reached.size() - 1; i >= 0; i--) {
      Expr node = reached.get(i);
      int id = node.id;
      if (uses[id] == 0 || isLeaf(node)) {
        continue;
      }
      operations += node.op.operations;
      if (isAngleFunction(node)) {
        under[id] = null; // computed together with the other one of its angle
      }
      first[id] = operand(node.first(), node.op == Op.WHERE ? null : under[id]);
      // A sign is applied where it is needed, so whoever uses it uses its operand.
      use(first[id], node.op == Op.WHERE ? null : under[id], node.op == Op.NEGATE ? uses[id] : 1);
      if (node.op.arity == 2) {
        second[id] = operand(node.second(), condition(node));
        use(second[id], condition(node), 1);
      }
    }
  }

  private void use(Expr node, @Nullable Expr condition, int times) {
    under[node.id] = uses[node.id] == 0 ? condition : join(under[node.id], condition);
    uses[node.id] += times;
  }

  /** The narrowest condition that is met wherever one of two is. */
  private @Nullable Expr join(@Nullable Expr a, @Nullable Expr b) {
    if (a == null || b == null) {
      return null;
    }
    return a == b ? a : joins.computeIfAbsent(new Pair(a, b), this::findJoin).orElse(null);
  }

  private List<Expr> independent() {
    boolean[] depends = new boolean[uses.length];
    for (Expr node : reached) {
      depends[node.id] =
          node.op == Op.WHERE
              || node.op.arity >= 1 && depends[node.first().id]
              || node.op.arity == 2 && depends[node.second().id];
    }
    return conditions.stream().filter(each -> !depends[each.id]).toList();
  }

  /** Another condition may depend on what is to belong to it. */
  private Optional<Expr> findJoin(Pair pair) {
    return independent.stream()
        .filter(each -> graph.implies(pair.a(), each) && graph.implies(pair.b(), each))
        .findFirst();
  }

  private void findHeld() {
    for (Expr node : computed) {
      treeSize[node.id] = 1 + operandSize(first(node));
      if (node.op.arity == 2) {
        treeSize[node.id] += operandSize(second(node));
      }
      boolean shared = uses[node.id] > 1 && node.op != Op.NEGATE;
      held[node.id] =
          shared
              || treeSize[node.id] > LARGEST_TREE
              || firstOutput[node.id] >= 0
              || isAngleFunction(node)
              || node.op == Op.WHERE;
    }
    for (Expr condition : conditions) {
      Expr node = resolve(condition);
      held[node.id] = !isLeaf(node);
      lastUse[node.id] = Integer.MAX_VALUE; // by the code that tests it
    }
  }

  private int operandSize(Expr operand) {
    return held[operand.id] || isLeaf(operand) ? 1 : treeSize[operand.id];
  }

  private void findStages() {
    boolean changed = true;
    while (changed) { // a condition may have been created after what belongs to it
      changed = false;
      for (Expr node : computed) {
        int at = earliest(node);
        changed = changed || at > stage[node.id];
        stage[node.id] = at;
      }
    }
  }

  private int earliest(Expr node) {
    Expr condition = condition(node);
    int at = node.op == Op.WHERE ? 0 : ready(first(node), condition);
    if (node.op.arity == 2) {
      at = Math.max(at, ready(second(node), condition));
    }
    return condition == null ? at : Math.max(at, ready(resolve(condition), condition));
  }

  /** The first stage in which code that runs under a condition, or always, can use a node. */
  private int ready(Expr node, @Nullable Expr condition) {
    if (isLeaf(node)) {
      return 0;
    }
    int at = stage[node.id];
    if (node.op != Op.WHERE && (under[node.id] == null || under[node.id] == condition)) {
      return at;
    }
    return condition == null ? (at / PHASE + 1) * PHASE : at + 1;
  }

  /** Puts what is held in order, cuts it into chunks and finds places in memory. */
  private void findOrder() {
    Map<Integer, Map<Integer, List<Expr>>> order = new TreeMap<>();
    for (Expr node : computed) {
      if (held[node.id]) {
        Expr condition = condition(node);
        order
            .computeIfAbsent(stage[node.id], at -> new TreeMap<>())
            .computeIfAbsent(condition == null ? ALWAYS : condition.id, id -> new ArrayList<>())
            .add(node);
      }
    }
    int chunks = 0;
    Map<Integer, Map<Integer, List<List<Expr>>>> cut = new TreeMap<>();
    for (Map.Entry<Integer, Map<Integer, List<Expr>>> ofStage : order.entrySet()) {
      Map<Integer, List<List<Expr>>> parts = new TreeMap<>();
      for (Map.Entry<Integer, List<Expr>> part : ofStage.getValue().entrySet()) {
        List<List<Expr>> some = chunks(part.getValue(), chunks);
        parts.put(part.getKey(), some);
        chunks += some.size();
      }
      cut.put(ofStage.getKey(), parts);
    }
    for (Expr node : computed) {
      if (held[node.id]) {
        noteOperands(node, chunkOf[node.id]);
      }
    }
    for (Expr node : computed) {
      if (held[node.id]) {
        findSlot(node);
      }
    }
    cut.forEach(
        (at, parts) -> {
          List<Block> blocks = new ArrayList<>();
          parts.forEach(
              (condition, some) -> {
                if (condition != ALWAYS) {
                  blocks.add(block(condition, outer(at, some), some));
                }
              });
          stages.add(new Stage(parts.getOrDefault(ALWAYS, List.of()), blocks));
        });
  }

  private List<List<Expr>> chunks(List<Expr> nodes, int number) {
    List<List<Expr>> chunks = new ArrayList<>();
    List<Expr> chunk = new ArrayList<>();
    int bytes = 0;
    for (Expr node : nodes) {
      int stores = firstOutput[node.id] < 0 ? 1 : 2;
      int size = BYTES_PER_NODE * treeSize[node.id] + BYTES_PER_STORE * stores;
      if (bytes + size > CHUNK_BYTES && bytes > 0) {
        chunks.add(chunk);
        chunk = new ArrayList<>();
        bytes = 0;
      }
      bytes += size;
      chunk.add(node);
      chunkOf[node.id] = number + chunks.size();
    }
    chunks.add(chunk);
    return chunks;
  }

  private void noteOperands(Expr node, int chunk) {
    noteOperand(first(node), chunk);
    if (node.op.arity == 2) {
      noteOperand(second(node), chunk);
    }
  }

  private void noteOperand(Expr operand, int chunk) {
    if (held[operand.id]) {
      lastUse[operand.id] = Math.max(lastUse[operand.id], chunk);
    } else if (!isLeaf(operand)) {
      noteOperands(operand, chunk);
    }
  }

  private void findSlot(Expr node) {
    if (isAngleFunction(node)) {
      int pair = angleSlot.computeIfAbsent(first(node), angle -> reserve(2));
      slot[node.id] = node.op == Op.SIN ? pair : pair + 1;
    } else if (node.op != Op.WHERE && lastUse[node.id] > chunkOf[node.id]) {
      slot[node.id] = reserve(1);
    }
  }

  private Block block(int condition, @Nullable Expr outer, List<List<Expr>> chunks) {
    int from = memorySize;
    results(chunks).forEach(result -> slot[result.id] = reserve(1));
    return new Block(graph.node(condition), outer, chunks, new Places(from, memorySize));
  }

  private static List<Expr> results(List<List<Expr>> chunks) {
    return chunks.stream().flatMap(List::stream).filter(node -> node.op == Op.WHERE).toList();
  }

  private int reserve(int places) {
    int from = memorySize;
    memorySize += places;
    return from;
  }

  /** The condition under which the results of a block are used, if its stage knows it. */
  private @Nullable Expr outer(int stage, List<List<Expr>> chunks) {
    List<Expr> results = results(chunks);
    if (results.isEmpty()) {
      return null;
    }
    Expr outer = under[results.get(0).id];
    for (Expr result : results) {
      outer = join(outer, under[result.id]);
    }
    return outer == null || ready(resolve(outer), outer) > stage ? null : outer;
  }
}
