package io.gaitway.server.session;

import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.SessionLimits;
import io.gaitway.server.call.SharedBudget;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** What sessions take of the server: places, environments and memory, by principal and in all. */
final class SessionBudget {
  private final List<SharedBudget> budgets;

  SessionBudget(ServerOptions options) {
    SessionLimits limits = options.sessions();
    budgets =
        List.of(
            new SharedBudget("sessions", options.maxSessions(), limits.sessionsPerPrincipal()),
            new SharedBudget(
                "environments", limits.environments(), limits.environmentsPerPrincipal()),
            new SharedBudget("bytes of sessions", limits.bytes(), limits.bytesPerPrincipal()));
  }

  /** Takes what a session needs, or nothing; see {@link SharedBudget#take}. */
  void take(String principal, SessionCost cost, Supplier<Duration> retryAfter) {
    int taken = 0;
    try {
      for (; taken < budgets.size(); taken++) {
        budgets.get(taken).take(principal, cost.amount(taken), retryAfter);
      }
    } finally {
      for (int i = 0; taken < budgets.size() && i < taken; i++) {
        budgets.get(i).giveBack(principal, cost.amount(i));
      }
    }
  }

  /** Counts a session that is there, whatever the limits. */
  void add(String principal, SessionCost cost) {
    for (int i = 0; i < budgets.size(); i++) {
      budgets.get(i).add(principal, cost.amount(i));
    }
  }

  /** Gives back what a session had taken. */
  void giveBack(String principal, SessionCost cost) {
    for (int i = 0; i < budgets.size(); i++) {
      budgets.get(i).giveBack(principal, cost.amount(i));
    }
  }

  /** Environments of all sessions. */
  long environments() {
    return budgets.get(1).held();
  }

  /** Memory that all sessions may come to take. */
  long bytes() {
    return budgets.get(2).held();
  }
}
