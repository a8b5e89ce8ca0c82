package io.gaitway.server.usage;

import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.GetUsageResponse;
import io.gaitway.proto.v1.Usage;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.access.Caller;
import io.gaitway.server.call.Unary;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** Tells what accounts have used. */
public final class UsageService extends UsageServiceGrpc.UsageServiceImplBase {
  /** What a server with this service can do beyond the least. */
  public static final List<String> CAPABILITIES = List.of("usage");

  private final Accounts accounts;

  public UsageService(Accounts accounts) {
    this.accounts = accounts;
  }

  @Override
  public void getUsage(GetUsageRequest request, StreamObserver<GetUsageResponse> out) {
    Unary.answer(
        out,
        () -> {
          String principal = Caller.ofCall().principal().name();
          Account account = accounts.find(principal, "account", request.getAccount());
          Usage usage = account == null ? Usage.getDefaultInstance() : account.usage();
          return GetUsageResponse.newBuilder().setUsage(usage).build();
        });
  }
}
