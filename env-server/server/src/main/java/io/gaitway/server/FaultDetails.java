package io.gaitway.server;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.rpc.ErrorDetailsProto;
import com.google.rpc.StatusProto;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes reflection know the messages that faults carry in their trailers, those of google.rpc. No
 * method speaks of them, so the file of one service says in addition that it depends on them.
 */
final class FaultDetails {
  private FaultDetails() {}

  /** The same service, whose description leads to these messages. */
  static ServerServiceDefinition describedBeside(ServerServiceDefinition service) {
    ServiceDescriptor plain = service.getServiceDescriptor();
    if (!(plain.getSchemaDescriptor() instanceof ProtoFileDescriptorSupplier file)) {
      throw new IllegalArgumentException(plain.getName() + " is not described by a file");
    }
    FileDescriptor described = withDetails(file.getFileDescriptor());
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(plain.getName())
            .setSchemaDescriptor((ProtoFileDescriptorSupplier) () -> described);
    plain.getMethods().forEach(descriptor::addMethod);
    ServerServiceDefinition.Builder copy = ServerServiceDefinition.builder(descriptor.build());
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      copy.addMethod(method);
    }
    return copy.build();
  }

  private static FileDescriptor withDetails(FileDescriptor file) {
    FileDescriptorProto.Builder proto = file.toProto().toBuilder();
    List<FileDescriptor> dependencies = new ArrayList<>(file.getDependencies());
    for (FileDescriptor details :
        List.of(StatusProto.getDescriptor(), ErrorDetailsProto.getDescriptor())) {
      proto.addDependency(details.getName());
      dependencies.add(details);
    }
    try {
      return FileDescriptor.buildFrom(proto.build(), dependencies.toArray(FileDescriptor[]::new));
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }
}
