/**
 * What the agents that follow a trajectory optimiser share: the initial DDP solution, the
 * distribution q around it and its adaptation to a policy, supervised learning from q, and the
 * groups of settings that go with them.
 *
 * <p>An agent that is given {@link io.gaitway.agents.guidance.GuidedLearner} as its base begins, as
 * all agents in Levine and Koltun (Variational Policy Search via Trajectory Optimization, NIPS
 * 2013, section 6) do, with a policy trained on the initial solution, and has only to say how it
 * improves it.
 */
@NullMarked
package io.gaitway.agents.guidance;

import org.jspecify.annotations.NullMarked;
