package io.gaitway.sim.mjcf;

/**
 * An actuator without a state: with length and velocity those of its joint times the gear, it
 * exerts gear · (gain · ctrl + b0 + b1 · length + b2 · velocity) on the joint.
 *
 * @param name empty if it has none
 * @param place where it stands in the file
 * @param joint what it drives
 * @param gear ratio of its motion to the joint's
 * @param gain force per control
 * @param b0 force at rest
 * @param b1 force per length
 * @param b2 force per velocity
 * @param lower least control; −∞ for none
 * @param upper greatest control; +∞ for none
 * @param forceLower least force before the gear; −∞ for none
 * @param forceUpper greatest force before the gear; +∞ for none
 * @param group which actuators may be switched off together
 */
record Actuator3(
    String name,
    Place place,
    Joint3 joint,
    double gear,
    double gain,
    double b0,
    double b1,
    double b2,
    double lower,
    double upper,
    double forceLower,
    double forceUpper,
    int group) {}
