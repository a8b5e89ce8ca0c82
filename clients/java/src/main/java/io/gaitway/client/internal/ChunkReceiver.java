package io.gaitway.client.internal;

import io.gaitway.proto.v1.LinearizeResponse;
import java.util.function.Consumer;

/** Takes the chunks of one linearisation as they come. */
interface ChunkReceiver extends Consumer<LinearizeResponse> {
  /** Checks that nothing is missing; called when the stream has ended well. */
  void finish();
}
