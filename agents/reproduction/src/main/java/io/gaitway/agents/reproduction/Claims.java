package io.gaitway.agents.reproduction;

import io.gaitway.agents.reproduction.Evidence.Finding;
import io.gaitway.agents.results.PolicyKind;
import io.gaitway.agents.results.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the paper says of its Figure 1, as rules over the runs. "Most" and "fail" are about more and
 * fewer than half of the seeds, by the 95 % Wilson interval; comparisons are by the 95 % bootstrap
 * interval of a difference or a factor.
 */
public final class Claims {
  /** The paper's eight methods, as in the legend of its figure. */
  public static final List<String> METHODS =
      List.of(
          "vgps",
          "gps",
          "adapted-gps",
          "cost-weighted",
          "cost-weighted-1000",
          "dagger",
          "weighted-dagger",
          "adapted-dagger");

  private static final String VGPS = METHODS.get(0);
  private static final String GPS = METHODS.get(1);
  private static final String ADAPTED_GPS = METHODS.get(2);
  private static final String COST_WEIGHTED = METHODS.get(3);
  private static final String COST_WEIGHTED_1000 = METHODS.get(4);
  private static final String DAGGER = METHODS.get(5);
  private static final String WEIGHTED_DAGGER = METHODS.get(6);
  private static final String ADAPTED_DAGGER = METHODS.get(7);

  private static final PaperTask SWIMMER_10 = new PaperTask("swimmer", 10);
  private static final PaperTask WALKER_10 = new PaperTask("walker", 10);
  private static final PaperTask SWIMMER_5 = new PaperTask("swimmer", 5);
  private static final PaperTask WALKER_5 = new PaperTask("walker", 5);
  private static final List<PaperTask> TASKS = List.of(SWIMMER_10, WALKER_10, SWIMMER_5, WALKER_5);

  private static final List<Rule> RULES =
      List.of(
          new Rule(
              1,
              "VGPS learns a successful policy on all four tasks, often faster than the others, and"
                  + " is often poor in early iterations",
              "Most seeds end with a stochastic policy that succeeds, on every task; the median"
                  + " number of iterations until then is below that of the other method in at least"
                  + " half of the 28 pairs of another method and a task; most seeds do not succeed"
                  + " in iteration "
                  + Evidence.EARLY
                  + " on at least half of the tasks.",
              evidence ->
                  Finding.all(
                      Stream.concat(
                              TASKS.stream().map(task -> succeeds(evidence, VGPS, task)),
                              Stream.of(oftenFaster(evidence), poorEarly(evidence)))
                          .toList())),
          new Rule(
              2,
              "GPS succeeds at once on the swimmer",
              "Most seeds' stochastic policies succeed in iteration "
                  + Evidence.EARLY
                  + ", with both sizes.",
              evidence ->
                  Finding.all(
                      List.of(
                          evidence.mostSucceedEarly(GPS, SWIMMER_10),
                          evidence.mostSucceedEarly(GPS, SWIMMER_5)))),
          new Rule(
              3,
              "GPS finds no walking policy with 5 hidden units; with 10 its deterministic policy"
                  + " walks, its stochastic one fails more often",
              "Walker: with 5 units most seeds end without success, noise or no noise; with 10 most"
                  + " end with a deterministic policy that succeeds, and rollouts without noise"
                  + " succeed more often than those with it.",
              evidence ->
                  Finding.all(
                      List.of(
                          fails(evidence, GPS, WALKER_5),
                          evidence.mostSucceed(GPS, WALKER_10, PolicyKind.DETERMINISTIC),
                          evidence.noiseFails(GPS, WALKER_10)))),
          new Rule(
              4,
              "Adapted GPS improves on GPS, but finds no walking policy with 5 hidden units",
              "The stochastic policies of GPS end with a higher average cost, by the geometric mean"
                  + " over the four tasks of the factor; on the walker with 5 units most seeds of"
                  + " adapted GPS end without success, noise or no noise.",
              evidence ->
                  Finding.all(
                      List.of(
                          evidence.costsMore(GPS, ADAPTED_GPS, TASKS),
                          fails(evidence, ADAPTED_GPS, WALKER_5)))),
          new Rule(
              5,
              "DAGGER does poorly; weighted DAGGER succeeds on the swimmer and finds a"
                  + " deterministic policy for the walker with 10 hidden units, whose stochastic"
                  + " policy is poor",
              "DAGGER: on every task most seeds end with a stochastic policy that fails. Weighted"
                  + " DAGGER: on the swimmer, both sizes, most seeds end with a stochastic policy"
                  + " that succeeds; on the walker with 10 units most end with a deterministic one"
                  + " that does and a stochastic one that does not.",
              evidence ->
                  Finding.all(
                      Stream.concat(
                              TASKS.stream().map(task -> succeeds(evidence, DAGGER, task).not()),
                              Stream.of(
                                  succeeds(evidence, WEIGHTED_DAGGER, SWIMMER_10),
                                  succeeds(evidence, WEIGHTED_DAGGER, SWIMMER_5),
                                  evidence.mostSucceed(
                                      WEIGHTED_DAGGER, WALKER_10, PolicyKind.DETERMINISTIC),
                                  succeeds(evidence, WEIGHTED_DAGGER, WALKER_10).not()))
                          .toList())),
          new Rule(
              6,
              "Adapted DAGGER does worse than weighted DAGGER",
              "The stochastic policies of adapted DAGGER end with a higher average cost, by the"
                  + " geometric mean over the four tasks of the factor.",
              evidence -> evidence.costsMore(ADAPTED_DAGGER, WEIGHTED_DAGGER, TASKS)),
          new Rule(
              7,
              "Cost-weighted, with 10 samples, fails on the walker",
              "Most seeds end without success, noise or no noise, with both sizes.",
              evidence -> failsOnTheWalker(evidence, COST_WEIGHTED)),
          new Rule(
              8,
              "Cost-weighted with 1000 samples still fails on the walker",
              "Most seeds end without success, noise or no noise, with both sizes.",
              evidence -> failsOnTheWalker(evidence, COST_WEIGHTED_1000)));

  private Claims() {}

  /**
   * A claim of the paper, judged.
   *
   * @param number 1 to 8
   * @param text what the paper says
   * @param rule how that is read
   * @param verdict what the runs say
   * @param measured what was measured, in words
   */
  public record Claim(int number, String text, String rule, Verdict verdict, String measured) {}

  private record Rule(int number, String text, String rule, Function<Evidence, Finding> test) {
    Claim judge(Evidence evidence) {
      Finding finding = test.apply(evidence);
      return new Claim(number, text, rule, finding.verdict(), finding.measured());
    }
  }

  /** Judges the claims by the runs of one variant. */
  public static List<Claim> judge(Results results, Variant variant) {
    Evidence evidence = new Evidence(results, variant);
    return RULES.stream().map(rule -> rule.judge(evidence)).toList();
  }

  private static Finding succeeds(Evidence evidence, String agent, PaperTask task) {
    return evidence.mostSucceed(agent, task, PolicyKind.STOCHASTIC);
  }

  private static Finding fails(Evidence evidence, String agent, PaperTask task) {
    return evidence.mostFindAny(agent, task).not();
  }

  private static Finding failsOnTheWalker(Evidence evidence, String agent) {
    return Finding.all(
        List.of(fails(evidence, agent, WALKER_10), fails(evidence, agent, WALKER_5)));
  }

  private static Finding oftenFaster(Evidence evidence) {
    List<Verdict> pairs = new ArrayList<>();
    for (PaperTask task : TASKS) {
      for (String other : METHODS.subList(1, METHODS.size())) {
        pairs.add(evidence.faster(VGPS, other, task));
      }
    }
    Finding finding =
        new Finding(
            Verdict.half(pairs),
            String.format(
                "of %d pairs of another method and a task %s is faster in %d, slower in %d, without"
                    + " runs in %d",
                pairs.size(),
                VGPS,
                count(pairs, Verdict.HOLDS),
                count(pairs, Verdict.DOES_NOT_HOLD),
                count(pairs, Verdict.NOT_MEASURED)));
    return evidence.ifComplete(finding, METHODS, TASKS);
  }

  private static long count(List<Verdict> verdicts, Verdict wanted) {
    return verdicts.stream().filter(each -> each == wanted).count();
  }

  private static Finding poorEarly(Evidence evidence) {
    List<Finding> tasks =
        TASKS.stream().map(task -> evidence.mostSucceedEarly(VGPS, task).not()).toList();
    return new Finding(
        Verdict.half(tasks.stream().map(Finding::verdict).toList()),
        String.join(", ", tasks.stream().map(Finding::measured).toList()));
  }
}
