/** Programs that attack a server, load it and kill it, and say whether anybody was harmed. */
@NullMarked
package io.gaitway.faults;

import org.jspecify.annotations.NullMarked;
