package io.gaitway.agents.experiment;

import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import java.util.List;

/**
 * How a learned policy moves, beside the initial DDP solution.
 *
 * @param title which policy it is
 * @param dt duration of a control step, s
 * @param geometry the robot's links
 * @param ground whether there is ground to draw, at y = 0
 * @param learned states of the policy without noise
 * @param ddp states of the initial DDP solution
 */
record LearnedMotion(
    String title,
    double dt,
    List<LinkGeometry> geometry,
    boolean ground,
    List<double[]> learned,
    List<double[]> ddp) {}
