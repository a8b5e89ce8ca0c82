/** Tables, and how they are written: as Markdown, as CSV, and in columns for a terminal. */
@NullMarked
package io.gaitway.agents.table;

import org.jspecify.annotations.NullMarked;
