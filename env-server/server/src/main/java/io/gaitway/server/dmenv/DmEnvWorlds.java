package io.gaitway.server.dmenv;

import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.session.LiveSession;
import io.gaitway.server.session.SessionPlan;
import io.gaitway.server.session.Sessions;
import io.gaitway.server.wire.Errors;
import java.time.Duration;
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
    int steps =
        settings.has("max_episode_steps")
            ? settings.integer("max_episode_steps", 1, Integer.MAX_VALUE).intValue()
            : 0;
    Duration lease =
        settings.has("lease_seconds")
            ? lease(settings.number("lease_seconds"))
            : sessions.defaultLease();
    Long seed = settings.seed();
    LiveSession session =
        sessions.create(
            model,
            new SessionPlan(
                1,
                AutoresetMode.AUTORESET_MODE_DISABLED,
                BoundsMode.BOUNDS_MODE_REJECT,
                steps,
                lease));
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
    if (world == null || !sessions.holdsForCaller(name)) {
      throw Errors.unknownWorld(name);
    }
    return world;
  }

  /** Ends a world that has no agent. */
  void destroy(String name) {
    find(name).destroy();
    worlds.remove(name);
  }

  private Duration lease(double seconds) {
    double whole = Math.floor(seconds);
    return sessions.lease((long) whole, (long) ((seconds - whole) * 1e9));
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
