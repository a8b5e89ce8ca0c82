package io.gaitway.server.session;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.server.call.SessionLimits;
import io.gaitway.server.catalog.Model;

/**
 * What a session takes of the server, known before it is made. Sizes of objects are those of a
 * 64-bit JVM with short references, rounded up.
 *
 * @param environments N
 * @param window number of answers that it keeps
 * @param answerBytes most bytes of those
 * @param bytes most memory that it comes to take, the answers among it
 */
record SessionCost(int environments, int window, long answerBytes, long bytes) {
  /** A session, its maps' entries and the heads of its arrays. */
  private static final long SESSION = 1536;

  /** Numbers and flags of one environment beside its state and action. */
  private static final long ENVIRONMENT = 5 * Long.BYTES + 8;

  /**
   * An answer without its arrays: what it answers, its number, types and shapes of seven tensors.
   */
  private static final long ANSWER = 184;

  /** An autoreset without its state. */
  private static final long AUTORESET = 48;

  /** A tensor without its bytes. */
  private static final long TENSOR = 24;

  /** The cost of a session of {@code environments} environments. */
  static SessionCost of(
      Model model, int environments, AutoresetMode autoreset, SessionLimits limits) {
    long state = (long) Double.BYTES * model.nx;
    long ended =
        switch (autoreset) {
          case AUTORESET_MODE_DISABLED -> 0;
          case AUTORESET_MODE_SAME_STEP -> AUTORESET + TENSOR + state;
          default -> AUTORESET;
        };
    int rewardTerms = model.spec.rewardTerms().size();
    long rewards = rewardTerms == 0 ? 0 : (long) Double.BYTES * (1 + rewardTerms);
    long terms = (long) Double.BYTES * model.spec.costTerms().size() + rewards;
    // State, cost, reward, their terms and four flags; a reset's seeds and episode numbers take up
    // to twice
    // their size.
    long answered = state + Math.max(Double.BYTES + terms + 4 + ended, 4L * Long.BYTES);
    long answer = ANSWER + environments * answered;
    long window =
        Math.max(
            SessionLimits.LEAST_KEPT_ANSWERS,
            Math.min(limits.keptAnswers(), limits.keptAnswerBytes() / answer));
    long arrays = environments * (state + terms + ENVIRONMENT + (long) Double.BYTES * model.nu);
    long answers = window * answer;
    return new SessionCost(environments, (int) window, answers, SESSION + arrays + answers);
  }

  /** Of which resource how much, in the order of {@link SessionBudget}. */
  long amount(int resource) {
    return switch (resource) {
      case 0 -> 1;
      case 1 -> environments;
      default -> bytes;
    };
  }
}
