package io.gaitway.agents.program;

import org.jspecify.annotations.Nullable;

/** A fault of an agent in a process of its own; the message names agent and cause. */
public final class AgentFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Describes the fault for people, on one line. */
  AgentFault(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
