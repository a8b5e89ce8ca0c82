/** JMH benchmarks of the simulator, the server and the agents. */
@NullMarked
package io.gaitway.bench;

import org.jspecify.annotations.NullMarked;
