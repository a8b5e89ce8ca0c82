package io.gaitway.server.dmenv;

import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.session.LiveSession;
import io.gaitway.server.session.Sessions;
import io.gaitway.server.wire.Errors;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The worlds of dm_env_rpc clients. Each is a session, and lives as long as that. */
final class DmEnvWorlds {
  private static final String PARAMETERS = "parameters.";

  private final Catalog catalog;
  private final Sessions sessions;
  private final Map<String, DmEnvWorld> worlds = new ConcurrentHashMap<>();

  DmEnvWorlds(Catalog catalog, Sessions sessions) {
    this.catalog = catalog;
    this.sessions = sessions;
  }

  /** Makes a world and returns its name. */
  String create(Map<String, Tensor> given) {
    DmEnvSettings settings =
        new DmEnvSettings(
            given, "environment", "seed", "max_episode_steps", "lease_seconds", PARAMETERS);
    Model model = catalog.model(settings.text("environment"), parameters(settings));
    CreateSessionRequest.Builder request =
        CreateSessionRequest.newBuilder()
            .setNumEnvironments(1)
            .setAutoresetMode(AutoresetMode.AUTORESET_MODE_DISABLED)
            .setBoundsMode(BoundsMode.BOUNDS_MODE_REJECT);
    if (settings.has("max_episode_steps")) {
      request.setMaxEpisodeSteps(
          settings.integer("max_episode_steps", 1, Integer.MAX_VALUE).intValue());
    }
    if (settings.has("lease_seconds")) {
      request.setLease(DmEnvSettings.duration(settings.number("lease_seconds")));
    }
    Long seed = settings.seed();
    LiveSession session = sessions.create(model, request.build());
    worlds.keySet().removeIf(name -> !sessions.holds(name));
    worlds.put(session.id, new DmEnvWorld(session.id, model, sessions, seed));
    return session.id;
  }

  /** Finds a world. */
  DmEnvWorld find(String name) {
    if (name.isEmpty()) {
      throw Errors.missing("world_name");
    }
    DmEnvWorld world = worlds.get(name);
    if (world == null || !sessions.holds(name)) {
      throw Errors.unknownWorld(name);
    }
    return world;
  }

  /** Ends a world that has no agent. */
  void destroy(String name) {
    find(name).destroy();
    worlds.remove(name);
  }

  private static Map<String, Double> parameters(DmEnvSettings settings) {
    Map<String, Double> parameters = new HashMap<>();
    for (String name : settings.names()) {
      if (name.startsWith(PARAMETERS)) {
        parameters.put(name.substring(PARAMETERS.length()), settings.number(name));
      }
    }
    return parameters;
  }
}
