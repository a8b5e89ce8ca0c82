package io.gaitway.server.usage;

import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.GetUsageResponse;
import io.gaitway.proto.v1.Usage;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.call.Unary;
import io.gaitway.server.wire.Errors;
import io.grpc.stub.StreamObserver;

/** Tells what accounts have used. */
public final class UsageService extends UsageServiceGrpc.UsageServiceImplBase {
  private final Accounts accounts;

  public UsageService(Accounts accounts) {
    this.accounts = accounts;
  }

  @Override
  public void getUsage(GetUsageRequest request, StreamObserver<GetUsageResponse> out) {
    Unary.answer(
        out,
        () -> {
          if (request.getAccount().isEmpty()) {
            throw Errors.missing("account");
          }
          Account account = accounts.find("account", request.getAccount());
          Usage usage = account == null ? Usage.getDefaultInstance() : account.usage();
          return GetUsageResponse.newBuilder().setUsage(usage).build();
        });
  }
}
