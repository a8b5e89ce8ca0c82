package io.gaitway.server.session;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import java.time.Duration;

/**
 * What a session is to be like. Every value has been checked.
 *
 * @param environments their number, N
 * @param maxEpisodeSteps time limit of an episode, or 0 for the environment's horizon
 * @param lease time after which it ends if nobody uses it
 */
public record SessionPlan(
    int environments,
    AutoresetMode autoreset,
    BoundsMode bounds,
    int maxEpisodeSteps,
    Duration lease) {}
