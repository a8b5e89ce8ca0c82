package io.gaitway.client.agent;

/**
 * Something to show while a command of a training runs.
 *
 * @param text one line for people
 * @param fraction how much of the command is done, 0 to 1; NaN if unknown
 */
public record AgentNote(String text, double fraction) {}
