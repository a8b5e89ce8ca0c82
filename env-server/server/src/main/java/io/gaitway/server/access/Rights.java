package io.gaitway.server.access;

import static io.gaitway.server.access.Scope.EVALUATE;
import static io.gaitway.server.access.Scope.MODELS;
import static io.gaitway.server.access.Scope.SIMULATE;
import static io.gaitway.server.access.Scope.WATCH;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which method needs which scope: the one table for all services. Admin may call everything. */
enum Rights {
  /** Open to everybody, even without a token. */
  ANYBODY,
  /** Needs some scope, whichever. */
  ANY_SCOPE(SIMULATE, EVALUATE, MODELS, WATCH),
  SIMULATING(SIMULATE),
  ADDING(MODELS),
  EVALUATING(EVALUATE),
  READING_EVALUATIONS(EVALUATE, WATCH),
  WATCHING(WATCH),
  /** Needs admin. */
  ADMINISTERING,
  /** Looks into the server: open to all who are let in on loopback; needs admin beyond. */
  INSPECTING;

  private static final Map<String, Rights> TABLE = new HashMap<>();

  static {
    add(ANY_SCOPE, "gaitway.v1.CatalogService", "ListEnvironments", "GetEnvironment");
    add(ANY_SCOPE, "gaitway.v1.CatalogService", "GetServerInfo");
    add(ADDING, "gaitway.v1.CatalogService", "AddEnvironment");
    add(ANY_SCOPE, "gaitway.v1.UsageService", "GetUsage");
    add(WATCHING, "gaitway.v1.AdminService", "GetStatus");
    add(SIMULATING, "gaitway.v1.DynamicsService", "Evaluate", "Linearize", "Rollout");
    add(SIMULATING, "gaitway.v1.DynamicsService", "SampleInitialStates", "CheckDerivatives");
    add(SIMULATING, "gaitway.v1.EnvironmentService", "CreateSession", "GetSession");
    add(SIMULATING, "gaitway.v1.EnvironmentService", "RenewSession", "DeleteSession");
    add(SIMULATING, "gaitway.v1.EnvironmentService", "Reset", "Step", "StepStream");
    add(SIMULATING, "gaitway.v1.EnvironmentService", "Snapshot", "Restore", "Fork");
    add(SIMULATING, "dm_env_rpc.v1.Environment", "Process");
    add(EVALUATING, "gaitway.v1.EvaluationService", "CreateEvaluation", "Control");
    add(READING_EVALUATIONS, "gaitway.v1.EvaluationService", "ListSuites", "GetEvaluation");
    add(READING_EVALUATIONS, "gaitway.v1.EvaluationService", "ListEvaluations");
    add(ADMINISTERING, "gaitway.v1.EvaluationService", "RemoveEvaluation");
    add(ANYBODY, "grpc.health.v1.Health", "Check", "List", "Watch");
    add(INSPECTING, "grpc.reflection.v1.ServerReflection", "ServerReflectionInfo");
    add(INSPECTING, "grpc.channelz.v1.Channelz", "GetTopChannels", "GetServers", "GetServer");
    add(INSPECTING, "grpc.channelz.v1.Channelz", "GetServerSockets", "GetChannel");
    add(INSPECTING, "grpc.channelz.v1.Channelz", "GetSubchannel", "GetSocket");
  }

  /** Scopes of which one is enough. */
  final Set<Scope> scopes;

  Rights(Scope... scopes) {
    this.scopes = Set.of(scopes);
  }

  private static void add(Rights rights, String service, String... methods) {
    for (String method : methods) {
      TABLE.put(service + "/" + method, rights);
    }
  }

  /** Scopes of which one is enough, admin included. */
  Set<Scope> enough() {
    Set<Scope> all = EnumSet.of(Scope.ADMIN);
    all.addAll(scopes);
    return all;
  }

  /** What a method needs, by its full name; null if the table does not have it. */
  static @Nullable Rights of(String method) {
    return TABLE.get(method);
  }
}
