package io.gaitway.server.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.gaitway.proto.dmenv.v1.DmEnvRpcProto;
import io.gaitway.proto.v1.AdminProto;
import io.gaitway.proto.v1.AgentServiceGrpc;
import io.gaitway.proto.v1.CatalogProto;
import io.gaitway.proto.v1.DynamicsProto;
import io.gaitway.proto.v1.EnvironmentProto;
import io.gaitway.proto.v1.EvaluationProto;
import io.gaitway.proto.v1.UsageProto;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The table of rights, against the contract. */
class RightsTest {
  private static final List<FileDescriptor> SERVED =
      List.of(
          CatalogProto.getDescriptor(),
          DynamicsProto.getDescriptor(),
          EnvironmentProto.getDescriptor(),
          EvaluationProto.getDescriptor(),
          UsageProto.getDescriptor(),
          AdminProto.getDescriptor(),
          DmEnvRpcProto.getDescriptor());

  private static List<MethodDescriptor> methods() {
    List<MethodDescriptor> methods = new ArrayList<>();
    for (FileDescriptor file : SERVED) {
      for (ServiceDescriptor service : file.getServices()) {
        methods.addAll(service.getMethods());
      }
    }
    return methods;
  }

  private static String name(MethodDescriptor method) {
    return method.getService().getFullName() + "/" + method.getName();
  }

  private static boolean may(MethodDescriptor method, Scope scope) {
    return new Principal("token:test", Set.of(scope)).hasAnyOf(rights(method).scopes);
  }

  private static Rights rights(MethodDescriptor method) {
    Rights rights = Rights.of(name(method));
    if (rights == null) {
      throw new AssertionError("Rights does not say who may call " + name(method));
    }
    return rights;
  }

  @Test
  void everyMethodOfTheContractNeedsSomeScope() {
    assertTrue(methods().size() > 20);
    for (MethodDescriptor method : methods()) {
      assertNotNull(Rights.of(name(method)), name(method));
      assertTrue(rights(method) != Rights.ANYBODY, name(method));
      assertTrue(may(method, Scope.ADMIN), name(method));
    }
  }

  @Test
  void watchReadsAndNothingElse() {
    for (MethodDescriptor method : methods()) {
      boolean reads = method.getName().matches("(Get|List).*");
      boolean ofSessions = method.getService().getName().equals("EnvironmentService");
      assertEquals(reads && !ofSessions, may(method, Scope.WATCH), name(method));
    }
  }

  @Test
  void simulatingEvaluatingAndAddingAreApart() {
    for (MethodDescriptor method : methods()) {
      boolean adds = method.getName().equals("AddEnvironment");
      boolean common =
          !adds && Set.of("CatalogService", "UsageService").contains(method.getService().getName());
      boolean evaluates = method.getService().getName().equals("EvaluationService");
      boolean watches = rights(method) == Rights.WATCHING;
      assertEquals(
          common || (!evaluates && !watches && !adds), may(method, Scope.SIMULATE), name(method));
      boolean administers = rights(method) == Rights.ADMINISTERING;
      assertEquals(
          common || (evaluates && !administers), may(method, Scope.EVALUATE), name(method));
      assertEquals(common || adds, may(method, Scope.MODELS), name(method));
    }
  }

  @Test
  void aServiceThatTheTableDoesNotKnowIsNotServed() {
    ServerServiceDefinition agent = new AgentServiceGrpc.AgentServiceImplBase() {}.bindService();
    assertEquals(
        "Rights does not say who may call gaitway.v1.AgentService/",
        String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> Access.requireRights(agent))
                    .getMessage())
            .replaceFirst("[A-Za-z]+$", ""));
  }
}
