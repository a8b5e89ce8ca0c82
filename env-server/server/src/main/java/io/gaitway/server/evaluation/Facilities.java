package io.gaitway.server.evaluation;

import io.gaitway.server.call.ServerOptions;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What evaluations run on.
 *
 * @param storage the database with its threads
 * @param timer what deadlines run on
 * @param whenCaughtUp runs something when the transport has read all that has arrived by now
 * @param clock tells the time of day
 * @param compute runs control steps, scores and whatever else takes time; neither the transport's
 *     threads nor those of the database
 * @param options say how many evaluations may have running episodes, how much memory these may
 *     take, how long an evaluation waits for a controller, and what is kept
 */
record Facilities(
    Storage storage,
    DeadlineTimer timer,
    Consumer<Runnable> whenCaughtUp,
    InstantSource clock,
    Executor compute,
    ServerOptions options) {}
