/** A robot as somebody else would write it. */
@NullMarked
package org.example.robots;

import org.jspecify.annotations.NullMarked;
