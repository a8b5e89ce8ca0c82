package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Something that there is only so much of, shared by principals such that nobody can take it all.
 *
 * <p>A principal that is alone gets {@code perPrincipal} of the {@code whole}. As others take
 * theirs, its limit shrinks in the proportion in which they have left room: with half of the whole
 * per principal, two that fill it at the same time get a third each, three a quarter each, and
 * there is always something left for the next. What somebody holds is never taken away; they get no
 * more. Where {@code perPrincipal} is the whole, whoever comes first is served.
 */
public final class SharedBudget {
  private final String resource;
  private final long whole;
  private final long perPrincipal;
  private final Map<String, Long> held = new HashMap<>();
  private long heldByAll;

  /**
   * A budget of which nothing is taken.
   *
   * @param resource what it is, for messages, such as "sessions"
   * @param perPrincipal at most {@code whole}; more means {@code whole}
   */
  public SharedBudget(String resource, long whole, long perPrincipal) {
    this.resource = resource;
    this.whole = whole;
    this.perPrincipal = Math.min(whole, perPrincipal);
  }

  /**
   * Takes a part.
   *
   * @param retryAfter time after which somebody may have given something back
   * @throws RequestException if the principal or all together would hold too much; nothing has
   *     changed then
   */
  public synchronized void take(String principal, long amount, Supplier<Duration> retryAfter) {
    long own = held.getOrDefault(principal, 0L);
    long left = whole - heldByAll;
    if (own + amount > perPrincipal || !leavesRoom(own + amount, left)) {
      long limit = (long) ((double) perPrincipal / whole * (left + own));
      throw Errors.principalCapacity(
          resource, Math.min(perPrincipal, limit), own, retryAfter.get());
    }
    if (amount > left) {
      throw Errors.capacity(resource, whole, retryAfter.get());
    }
    add(principal, amount);
  }

  /** Whether the principal's part is no larger than what is left allows; see the class. */
  private boolean leavesRoom(long own, long left) {
    return (double) own * (whole - perPrincipal) <= (double) perPrincipal * left;
  }

  /** Takes a part whatever the limits: something is there already and is to be counted. */
  public synchronized void add(String principal, long amount) {
    held.merge(principal, amount, Long::sum);
    heldByAll += amount;
  }

  /** Gives back what was taken. */
  public synchronized void giveBack(String principal, long amount) {
    held.computeIfPresent(principal, (name, own) -> own > amount ? own - amount : null);
    heldByAll -= amount;
  }

  /** What all hold. */
  public synchronized long held() {
    return heldByAll;
  }
}
